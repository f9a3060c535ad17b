"""The audit trail of one database; `ports.audit.trail`."""

from collections.abc import Collection, Sequence
from datetime import datetime

from waypost.adapters.sql.audit import statements
from waypost.adapters.sql.database import Database, DatabaseTransaction
from waypost.domain.audit.entries import AuditEntry, AuditFilter
from waypost.domain.audit.link_made import LinkMade
from waypost.ports.audit.trail import AuditPage, EntryLine, Unfiled


class SqlAuditWriter:
    """The trail inside a transaction."""

    def __init__(self, transaction: DatabaseTransaction) -> None:
        self._transaction = transaction

    async def add(self, entries: Sequence[AuditEntry | LinkMade]) -> None:
        """Store *entries*, and note that no file has them yet."""
        if entries:
            await self._transaction.run(statements.add_entries, entries)


class SqlAuditTrail:
    """What was committed. Its methods are described at the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(
        self, wanted: AuditFilter, *, limit: int, before: str | None = None
    ) -> AuditPage:
        """Return up to *limit* entries that are *wanted*, with ids below *before*."""
        return await self._database.read_long(statements.page_of, wanted, limit, before)

    async def unfiled(self, *, limit: int) -> Sequence[EntryLine]:
        """Return up to *limit* entries that no file has, the oldest first."""
        return await self._database.read_long(statements.unfiled, limit)

    async def filed(self, ids: Collection[str]) -> None:
        """Note that a file has the entries of these *ids*."""
        async with self._database.transaction() as transaction:
            transaction.is_awaited = False
            await transaction.run(statements.filed, ids)

    async def count_unfiled(self, *, limit: int) -> Unfiled:
        """Return how many entries no file has; *limit* if there are more."""
        return await self._database.read_long(statements.count_unfiled, limit)

    async def expire(self, before: datetime, *, limit: int) -> int:
        """Delete up to *limit* entries from before that moment that files have."""
        async with self._database.transaction() as transaction:
            transaction.is_awaited = False
            return await transaction.run(statements.expire, before, limit)
