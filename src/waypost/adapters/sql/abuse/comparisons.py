"""How far links were compared with a blocklist; `ports.abuse.blocklists.Comparisons`.

It is a row of `listing_progress`, whose name has the list's fingerprint. Other releases
read and write only rows of other names.
"""

from typing import Final

from sqlalchemy import Connection, delete, insert, select

from waypost.adapters.sql.database import Database
from waypost.adapters.sql.tables import listing_progress
from waypost.ports.abuse.blocklists import Comparison

_PREFIX: Final = "blocklist:"
_ROW: Final = listing_progress.c.name.like(f"{_PREFIX}%")
_NOTHING: Final = -1
"""Stands for no id: all links wait."""


class SqlComparisons:
    """The last comparison, for all processes."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def last(self) -> Comparison:
        """Return it."""
        return await self._database.read(_last)

    async def keep(self, comparison: Comparison) -> None:
        """Replace it."""
        async with self._database.transaction() as transaction:
            transaction.is_awaited = False
            await transaction.run(_keep, comparison)


def _last(connection: Connection) -> Comparison:
    columns = (listing_progress.c.name, listing_progress.c.link_id)
    row = connection.execute(select(*columns).where(_ROW)).first()
    if row is None:
        return Comparison("", None)
    name, before_id = row
    return Comparison(
        name.removeprefix(_PREFIX), None if before_id == _NOTHING else before_id
    )


def _keep(connection: Connection, comparison: Comparison) -> None:
    connection.execute(delete(listing_progress).where(_ROW))
    before_id = comparison.before_id
    row = {
        "name": f"{_PREFIX}{comparison.fingerprint}",
        "link_id": _NOTHING if before_id is None else before_id,
    }
    connection.execute(insert(listing_progress), row)
