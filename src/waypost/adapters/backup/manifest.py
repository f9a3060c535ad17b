"""The description of a backup, which the backup contains."""

from datetime import datetime
from typing import Final

import msgspec

FORMAT: Final = 2
"""The newest form of a backup that this release reads, and the one that it writes.

1: links and counts; 2: the clicks of reports too."""

MANIFEST: Final = "manifest.json"


class Member(msgspec.Struct, frozen=True, kw_only=True):
    """A file inside the backup."""

    bytes: int
    sha256: str


class TableRows(msgspec.Struct, frozen=True, kw_only=True):
    """The rows of one table."""

    columns: list[str]
    rows: int


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """The description of a whole backup."""

    format: int
    product: str
    """The version of Waypost that made it."""
    revision: str
    """The schema of the rows."""
    instance: str | None
    """Which database the data folder belongs to."""
    created_at: datetime
    tables: dict[str, TableRows]
    members: dict[str, Member]

    @property
    def rows(self) -> int:
        """How many rows there are in all tables."""
        return sum(table.rows for table in self.tables.values())
