"""Tags of one database; `ports.tags.store`."""

from collections.abc import Sequence

from waypost.adapters.sql.database import Database, DatabaseTransaction
from waypost.adapters.sql.listing import tag_totals
from waypost.adapters.sql.tags import statements
from waypost.domain.links import Link
from waypost.domain.tags.values import Tag, TagChange, TagDetails, TagPage, TagQuery


class SqlTags:
    """What is committed. Its methods are described at the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, query: TagQuery) -> TagPage:
        """Return the tags of *query*."""
        return await self._database.read_long(statements.page, query)

    async def one(self, key: str) -> Tag | None:
        """Return the tag with this key, or None."""
        return await self._database.read_long(statements.one, key)

    async def next_change(self) -> TagChange | None:
        """Return the oldest change that is under way, or None."""
        return await self._database.read_long(statements.next_change)

    async def tagged(self, key: str, *, after: int, limit: int) -> Sequence[int]:
        """Return the ids above *after*, ascending, of up to *limit* links."""
        return await self._database.read_long(
            statements.tagged, key, after=after, limit=limit
        )

    async def recount(self, after: str) -> str | None:
        """Count the links and clicks of the first tag above *after* anew."""
        tag = await self._database.read_long(tag_totals.next_tag, after)
        if tag is None:
            return None
        found = await self._database.read_long(tag_totals.recount, tag)
        if found.stored != found.counted or not found.counted.links:
            async with self._database.transaction() as transaction:
                transaction.is_awaited = False
                await transaction.run(tag_totals.correct, found)
        return tag


class SqlTagWriter:
    """Changes, inside a transaction."""

    def __init__(self, transaction: DatabaseTransaction) -> None:
        self._transaction = transaction

    async def hold(self) -> None:
        """Keep others from changing tags until this transaction ends."""
        await self._transaction.run(statements.hold)

    async def one(self, key: str) -> Tag | None:
        """Return the tag with this key, or None."""
        return await self._transaction.run(statements.one, key)

    async def put(self, details: TagDetails) -> None:
        """Store what is said of a tag."""
        await self._transaction.run(statements.put, details)

    async def remove(self, key: str) -> None:
        """Remove what is said of a tag."""
        await self._transaction.run(statements.remove, key)

    async def begin(self, old: str, new: str | None) -> None:
        """Note that a change is under way."""
        await self._transaction.run(statements.begin, old, new)

    async def end(self, change: TagChange) -> None:
        """Note that it is carried out."""
        await self._transaction.run(statements.end, change)

    async def replace(self, links: Sequence[Link]) -> int:
        """Store *links*, each in place of its last version; return how many were."""
        self._transaction.is_awaited = False
        return await self._transaction.run(statements.replace_links, links)
