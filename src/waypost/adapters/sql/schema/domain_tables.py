"""The table of domains."""

from typing import Final

from sqlalchemy import Boolean, Column, Integer, Table, Text

from waypost.adapters.sql.schema.moments import UtcDateTime
from waypost.adapters.sql.schema.shared import BYTEWISE, metadata

# The host of the domain of `BASE_URL` is empty, as it is in the rows of its links.
# Defaults are the options of a link, as JSON.
domains: Final = Table(
    "domains",
    metadata,
    Column("host", BYTEWISE, primary_key=True),
    Column("state", Text, nullable=False),
    Column("root_url", Text, nullable=True),
    Column("not_found_url", Text, nullable=True),
    Column("unknown_path_url", Text, nullable=True),
    Column("expired_url", Text, nullable=True),
    Column("case_sensitive", Boolean, nullable=False),
    Column("defaults", Text, nullable=False),
    # A JSON object of texts by name, each of which is JSON itself.
    Column("well_known", Text, nullable=True),
    Column("version", Integer, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)
