"""Lists of links of a SQL database."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from waypost.adapters.sql.database import Database
from waypost.adapters.sql.listing.comparing import compare_some
from waypost.adapters.sql.listing.filling import (
    has_changed,
    has_older,
    list_changed,
    list_older,
)
from waypost.adapters.sql.listing.searching import Listing, page, total
from waypost.domain.listing.filters import LinkFilter, Place, Sort, Total
from waypost.ports.links import LinkPage

T = TypeVar("T")


class SqlLinkLists:
    """The lists of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self,
        wanted: LinkFilter,
        *,
        sort: Sort,
        now: datetime,
        after: Place | None,
        limit: int,
    ) -> LinkPage:
        """Return up to *limit* of the links that are *wanted*, behind *after*."""
        listing = Listing(wanted=wanted, sort=sort, now=now)
        return await self._database.read_long(page, listing, after=after, limit=limit)

    async def total(self, wanted: LinkFilter, *, now: datetime) -> Total:
        """Return how many links are *wanted*."""
        listing = Listing(wanted=wanted, sort=Sort(), now=now)
        return await self._database.read_long(total, listing)

    async def list_changed(self, *, limit: int) -> int:
        """Bring up to *limit* links that have changed into the lists."""
        if not await self._database.read_long(has_changed):
            return 0
        return await self._write(list_changed, limit)

    async def list_older(self, *, limit: int) -> int:
        """Bring up to *limit* links from before there were lists into them."""
        if not await self._database.read_long(has_older):
            return 0
        return await self._write(list_older, limit)

    async def compare_clicks(self, *, limit: int) -> bool:
        """Bring the clicks of up to *limit* links into the lists."""
        return await self._write(compare_some, limit)

    async def _write(self, work: Callable[[Connection, int], T], limit: int) -> T:
        async with self._database.transaction() as transaction:
            transaction.is_awaited = False
            return await transaction.run(work, limit)
