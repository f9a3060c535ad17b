"""The tables of tags."""

from typing import Final

from sqlalchemy import Column, Table, Text

from waypost.adapters.sql.schema.moments import UtcDateTime
from waypost.adapters.sql.schema.shared import (
    BIG_INTEGER,
    BYTEWISE,
    DERIVED,
    metadata,
)

# What is said of tags. Keys are folded.
tags: Final = Table(
    "tags",
    metadata,
    Column("key", BYTEWISE, primary_key=True),
    Column("name", Text, nullable=False),
    Column("color", Text, nullable=True),
    Column("description", Text, nullable=True),
    Column("created_at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)

# Changes of links' tags that are under way, in the order of their numbers.
tag_changes: Final = Table(
    "tag_changes",
    metadata,
    Column("number", BIG_INTEGER, primary_key=True, autoincrement=True),
    Column("old", Text, nullable=False),
    Column("new", Text, nullable=True),
    sqlite_autoincrement=True,
)

# Sums over `link_tags` and `listed_links`, which are changed with them.
tag_totals: Final = Table(
    "tag_totals",
    metadata,
    Column("tag", BYTEWISE, primary_key=True),
    # In the spelling of a link.
    Column("name", Text, nullable=False),
    Column("links", BIG_INTEGER, nullable=False),
    Column("clicks", BIG_INTEGER, nullable=False),
    sqlite_with_rowid=False,
    info=DERIVED,
)
