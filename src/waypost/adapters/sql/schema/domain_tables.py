"""The table of domains."""

from typing import Final

from sqlalchemy import Boolean, Column, Integer, Table, Text

from waypost.adapters.sql.schema.moments import UtcDateTime
from waypost.adapters.sql.schema.shared import BYTEWISE, metadata

# The host of the domain of `BASE_URL` is empty, as it is in the rows of its links.
# Defaults are the options of a link, as JSON. A background that is null is transparent.
# Every process reads all domains each second: of a logo, its sum and length only.
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
    Column("qr_color", Text, nullable=False, server_default="#000000"),
    Column("qr_level", Text, nullable=False, server_default="M"),
    Column("qr_background", Text, nullable=True, server_default="#ffffff"),
    Column("qr_margin", Integer, nullable=False, server_default="4"),
    Column("qr_logo", Text, nullable=True),
    Column("qr_logo_sha256", Text, nullable=True),
    Column("qr_logo_length", Integer, nullable=True),
)
