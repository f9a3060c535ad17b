"""Unit tests of the SQL store: what concerns SQLite alone."""
