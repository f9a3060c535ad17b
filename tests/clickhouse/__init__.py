"""ClickHouse for tests: its engine behind an HTTP front, or a server by URL."""
