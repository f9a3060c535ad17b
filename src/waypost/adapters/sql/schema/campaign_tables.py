"""The table of templates of campaigns."""

from typing import Final

from sqlalchemy import Column, Table, Text

from waypost.adapters.sql.schema.moments import UtcDateTime
from waypost.adapters.sql.schema.shared import BYTEWISE, metadata

utm_templates: Final = Table(
    "utm_templates",
    metadata,
    Column("name", BYTEWISE, primary_key=True),
    Column("source", Text, nullable=True),
    Column("medium", Text, nullable=True),
    Column("campaign", Text, nullable=True),
    Column("term", Text, nullable=True),
    Column("content", Text, nullable=True),
    Column("updated_at", UtcDateTime, nullable=False),
    sqlite_with_rowid=False,
)
