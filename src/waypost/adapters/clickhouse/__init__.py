"""Enriched clicks in ClickHouse. Why so: `docs/adr/0036-clickhouse.md`."""
