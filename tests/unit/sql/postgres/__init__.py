"""A PostgreSQL server that misbehaves."""
