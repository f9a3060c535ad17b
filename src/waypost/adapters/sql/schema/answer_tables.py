"""The table of first answers to requests that may be sent again."""

from typing import Final

from sqlalchemy import Column, Table, Text

from waypost.adapters.sql.schema.moments import UtcDateTime
from waypost.adapters.sql.schema.shared import metadata

kept_answers: Final = Table(
    "kept_answers",
    metadata,
    Column("name", Text, primary_key=True),
    Column("digest", Text, nullable=False),
    Column("answer", Text, nullable=False),
    Column("stored_at", UtcDateTime, nullable=False, index=True),
)
