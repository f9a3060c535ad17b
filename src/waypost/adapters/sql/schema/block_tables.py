"""The tables of the record of blocks, for analytics in ClickHouse."""

from typing import Final

from sqlalchemy import Column, Integer, LargeBinary, Table, Text

from waypost.adapters.sql.schema.shared import BIG_INTEGER, metadata

# The record of blocks of clicks that are sent to ClickHouse
# (`ports.analytics.block_records`). A confirmed block stays, without its content, until
# all before it are confirmed.
row_blocks: Final = Table(
    "row_blocks",
    metadata,
    Column("number", BIG_INTEGER, primary_key=True, autoincrement=False),
    Column("token", Text, nullable=False),
    Column("first_day", Integer, nullable=False),
    Column("last_day", Integer, nullable=False),
    Column("clicks", Integer, nullable=False),
    Column("content", LargeBinary, nullable=True),
    Column("freshness", Text, nullable=False),
)

block_ranges: Final = Table(
    "block_ranges",
    metadata,
    Column("journal", Text, primary_key=True),
    Column("lane", Integer, primary_key=True, autoincrement=False),
    Column("first_sequence", BIG_INTEGER, primary_key=True, autoincrement=False),
    Column("last_sequence", BIG_INTEGER, nullable=False),
    sqlite_with_rowid=False,
)

block_positions: Final = Table(
    "block_positions",
    metadata,
    Column("journal", Text, primary_key=True),
    Column("segment", BIG_INTEGER, nullable=False),
    Column("byte_offset", BIG_INTEGER, nullable=False),
)

block_sources: Final = Table(
    "block_sources",
    metadata,
    Column("source", Text, primary_key=True),
    Column("as_of_ms", BIG_INTEGER, nullable=False),
)

block_days: Final = Table(
    "block_days",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("changed", BIG_INTEGER, nullable=False),
    Column("sealed", BIG_INTEGER, nullable=False),
    Column("has_rows", Integer, nullable=False),
)

# One row for each of "number", the last one given, "revision" and "hashes_from".
block_state: Final = Table(
    "block_state",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", BIG_INTEGER, nullable=False),
)
