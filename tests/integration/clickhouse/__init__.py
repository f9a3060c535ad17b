"""Clicks in ClickHouse: its tables, and everything that can fail on the way there."""
