"""SQLite (and later PostgreSQL) through SQLAlchemy Core."""
