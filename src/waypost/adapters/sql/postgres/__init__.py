"""A PostgreSQL server, used through asyncpg."""
