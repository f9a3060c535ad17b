"""One SQLite file, used by threads."""
