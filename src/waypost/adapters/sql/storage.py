"""Links, click counts and events in a SQL database."""

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Concatenate, Final, ParamSpec, TypeVar

from sqlalchemy import Connection

from waypost.adapters.sql import probes
from waypost.adapters.sql.audit.trail import SqlAuditTrail, SqlAuditWriter
from waypost.adapters.sql.budgets.store import SqlClickBudgets
from waypost.adapters.sql.bulk import done_batches as batch_statements
from waypost.adapters.sql.bulk.kept_answers import SqlAnswerWriter, SqlKeptAnswers
from waypost.adapters.sql.campaigns.templates import (
    SqlUtmTemplates,
    SqlUtmTemplateWriter,
)
from waypost.adapters.sql.database import Database, DatabaseTransaction
from waypost.adapters.sql.domains.store import SqlDomains, SqlDomainWriter
from waypost.adapters.sql.listing.lists import SqlLinkLists
from waypost.adapters.sql.opening import DEFAULT_POOL_SIZE, open_database
from waypost.adapters.sql.statements import api_keys as key_statements
from waypost.adapters.sql.statements import counts as click_statements
from waypost.adapters.sql.statements import links as link_statements
from waypost.adapters.sql.statements import outbox as outbox_statements
from waypost.adapters.sql.tags.store import SqlTags, SqlTagWriter
from waypost.domain.access.keys import ApiKey
from waypost.domain.clicks import JournalPosition
from waypost.domain.errors import DatabaseNotWritable
from waypost.domain.events import LinkEvent
from waypost.domain.links import DEFAULT_DOMAIN, CountedLink, Link
from waypost.domain.sequences import CountedSequences
from waypost.ports.access.keys import KeyFilter
from waypost.ports.bulk.results import CallName, DoneBatch
from waypost.ports.outbox import StoredEvent

P = ParamSpec("P")
T = TypeVar("T")

_DOUBT_SECONDS: Final = 10.0
"""How long a refused write counts against the next: a small one may succeed where a
usual one does not."""


class SqlStorage:
    """The store over one database, which others (`SqlBlocks`) may share."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.links = _Links(database)
        self.lists = SqlLinkLists(database)
        self.tags = SqlTags(database)
        self.utm_templates = SqlUtmTemplates(database)
        self.budgets = SqlClickBudgets(database)
        self.keys = _Keys(database)
        self.domains = SqlDomains(database)
        self.audit = SqlAuditTrail(database)
        self.done_batches = _DoneBatches(database)
        self.answers = SqlKeptAnswers(database)
        self._refused_at: float | None = None
        """When a write was refused, if no later one has succeeded."""

    @classmethod
    async def open(
        cls, url: str, *, timeout_seconds: float, pool_size: int = DEFAULT_POOL_SIZE
    ) -> "SqlStorage":
        """Open the migrated database that *url* names; see `open_database`."""
        return cls(
            await open_database(
                url, timeout_seconds=timeout_seconds, pool_size=pool_size
            )
        )

    async def aclose(self) -> None:
        """Close the database, once running transactions have ended."""
        await self.database.aclose()

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["_Transaction"]:
        """Open a transaction: committed at the end, rolled back on an exception."""
        try:
            async with self.database.transaction() as transaction:
                yield _Transaction(transaction)
        except DatabaseNotWritable:
            self._refused_at = asyncio.get_running_loop().time()
            raise

    async def ping(self) -> None:
        """Check that a row can be read in time, and that nothing prevents writing.

        For seconds after a write was refused, others are expected to be; later one
        is tried here, until it succeeds.
        """
        await self.database.check()
        await self.database.read(probes.read_something)
        if self._refused_at is None:
            return
        if asyncio.get_running_loop().time() < self._refused_at + _DOUBT_SECONDS:
            raise DatabaseNotWritable
        async with self.database.transaction() as transaction:
            await transaction.run(probes.write_something)
        self._refused_at = None


class _Links:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def by_code(self, code: str, *, domain: str = DEFAULT_DOMAIN) -> Link | None:
        return await self._database.read(link_statements.link_with_code, code, domain)

    async def by_codes(
        self, codes: Collection[str], *, domain: str = DEFAULT_DOMAIN
    ) -> Sequence[Link]:
        return await self._database.read(
            link_statements.links_with_codes, codes, domain
        )

    async def by_ids(self, ids: Collection[int]) -> Sequence[Link]:
        return await self._database.read(link_statements.links_with_ids, ids)

    async def by_external_ids(self, ids: Collection[str]) -> Sequence[Link]:
        return await self._database.read(link_statements.links_with_external_ids, ids)

    async def ids_in(self, domains: Collection[str], *, limit: int) -> Sequence[int]:
        return await self._database.read(
            link_statements.ids_in_domains, domains, limit=limit
        )

    async def counted(
        self, code: str, *, domain: str = DEFAULT_DOMAIN
    ) -> CountedLink | None:
        return await self._database.read(
            link_statements.counted_link_with_code, code, domain
        )

    async def newest(
        self, *, limit: int, before_id: int | None = None
    ) -> Sequence[CountedLink]:
        return await self._database.read(link_statements.newest_links, limit, before_id)

    async def most_clicked(self, *, limit: int) -> Sequence[Link]:
        return await self._database.read(link_statements.most_clicked_links, limit)


class _Keys:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def by_hash(self, secret_hash: str) -> ApiKey | None:
        return await self._database.read(key_statements.key_with_hash, secret_hash)

    async def by_id(self, key_id: str) -> ApiKey | None:
        return await self._database.read(key_statements.key_with_id, key_id)

    async def newest(
        self, wanted: KeyFilter, *, limit: int, before_id: str | None = None
    ) -> Sequence[ApiKey]:
        return await self._database.read(
            key_statements.newest_keys, wanted, limit, before_id
        )


class _Transaction:
    def __init__(self, transaction: DatabaseTransaction) -> None:
        self.links = _LinkWriter(transaction)
        self.clicks = _ClickCounts(transaction)
        self.outbox = _Outbox(transaction)
        self.keys = _KeyWriter(transaction)
        self.domains = SqlDomainWriter(transaction)
        self.audit = SqlAuditWriter(transaction)
        self.done_batches = _BatchWriter(transaction)
        self.tags = SqlTagWriter(transaction)
        self.utm_templates = SqlUtmTemplateWriter(transaction)
        self.answers = SqlAnswerWriter(transaction)
        self._transaction = transaction

    def after_commit(self, action: Callable[[], None]) -> None:
        self._transaction.after_commit(action)


class _LinkWriter:
    def __init__(self, transaction: DatabaseTransaction) -> None:
        self._transaction = transaction

    async def add(self, links: Sequence[Link]) -> frozenset[int]:
        if not links:
            return frozenset()
        return await self._transaction.run(link_statements.insert_links, links)

    async def hold_external_ids(self, ids: Collection[str]) -> frozenset[str]:
        return await self._transaction.run(link_statements.hold_external_ids, ids)

    async def hold(self, ids: Collection[int], *, codes: Collection[str]) -> None:
        await self._transaction.run(link_statements.hold_links, ids, codes=codes)

    async def change(self, link: Link) -> bool:
        return await self._transaction.run(link_statements.change_link, link)


class _ClickCounts:
    def __init__(self, transaction: DatabaseTransaction) -> None:
        self._transaction = transaction

    async def _run(
        self,
        statement: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        # A large batch may take longer than a visitor would wait.
        self._transaction.is_awaited = False
        return await self._transaction.run(statement, *args, **kwargs)

    async def claim(self, journal: str) -> bool:
        return await self._run(click_statements.claim_journal, journal)

    async def position(self, journal: str) -> JournalPosition | None:
        return await self._run(click_statements.journal_position, journal)

    async def counted(self, journal: str) -> dict[int, CountedSequences]:
        return await self._run(click_statements.counted_sequences, journal)

    async def hold(
        self, lanes: Mapping[str, Collection[int]]
    ) -> dict[str, dict[int, CountedSequences]]:
        return await self._run(click_statements.hold_lanes, lanes)

    async def add(
        self,
        *,
        clicks: Mapping[int, int],
        counted: Mapping[str, Mapping[int, CountedSequences]],
        positions: Mapping[str, JournalPosition],
    ) -> frozenset[int]:
        def add_all(connection: Connection) -> frozenset[int]:
            unknown = click_statements.add_clicks(connection, clicks)
            click_statements.replace_counted(connection, counted)
            click_statements.move_positions(connection, positions)
            return unknown

        return await self._run(add_all)


class _Outbox:
    def __init__(self, transaction: DatabaseTransaction) -> None:
        self._transaction = transaction

    async def add(self, events: Sequence[LinkEvent], *, reader: str) -> None:
        await self._transaction.run(outbox_statements.add_events, events, reader=reader)

    async def take(self, *, reader: str, limit: int) -> Sequence[StoredEvent]:
        return await self._transaction.run(
            outbox_statements.take_events, reader=reader, limit=limit
        )

    async def remove(self, ids: Collection[int]) -> None:
        await self._transaction.run(outbox_statements.remove_events, ids)

    async def forget_readers(
        self, *, keep: Collection[str], before: datetime, limit: int
    ) -> Mapping[str, int]:
        return await self._transaction.run(
            outbox_statements.forget_readers, keep=keep, before=before, limit=limit
        )


class _DoneBatches:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def next_done(self, call: CallName, *, first: int) -> DoneBatch | None:
        return await self._database.read(batch_statements.next_done, call, first)


class _BatchWriter:
    def __init__(self, transaction: DatabaseTransaction) -> None:
        self._transaction = transaction

    async def add(self, call: CallName, batch: DoneBatch, *, at: datetime) -> bool:
        return await self._transaction.run(batch_statements.add_done, call, batch, at)


class _KeyWriter:
    def __init__(self, transaction: DatabaseTransaction) -> None:
        self._transaction = transaction

    async def hold(self) -> None:
        await self._transaction.run(key_statements.hold)

    async def get(self, key_id: str) -> ApiKey | None:
        return await self._transaction.run(key_statements.key_with_id, key_id)

    async def are_there_any(self) -> bool:
        return await self._transaction.run(key_statements.are_there_any)

    async def is_another_admin(self, key_id: str, *, now: datetime) -> bool:
        return await self._transaction.run(
            key_statements.is_another_admin, key_id, now=now
        )

    async def bound_to(self, host: str, *, now: datetime) -> Sequence[ApiKey]:
        return await self._transaction.run(key_statements.keys_bound_to, host, now=now)

    async def add(self, key: ApiKey) -> None:
        await self._transaction.run(key_statements.add_key, key)

    async def change(self, key: ApiKey) -> None:
        await self._transaction.run(key_statements.change_key, key)

    async def use(self, used_at: Mapping[str, datetime]) -> None:
        await self._transaction.run(key_statements.note_uses, used_at)
