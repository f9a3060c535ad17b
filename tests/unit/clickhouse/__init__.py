"""The store of clicks in ClickHouse, without a server."""
