"""What is recorded of a demonstration, and how its links and counts are deleted."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from sqlalchemy import Connection, delete, select

from waypost.adapters.sql.database import Database
from waypost.adapters.sql.dialect import inserting
from waypost.adapters.sql.secrets import find_secret
from waypost.adapters.sql.statements.link_rows import COLUMNS, link_of
from waypost.adapters.sql.statements.outbox import add_events
from waypost.adapters.sql.tables import (
    click_counts,
    counted_clicks,
    instance_secrets,
    links,
)
from waypost.domain.events import CACHES, LinkEvent, LinkEventKind
from waypost.domain.links import Link

_NAME: Final = "demo"
"""The name of the record, among what else there is once in a database."""
_STEP: Final = 2_000
"""How many ids are deleted in a transaction."""


class SqlDemos:
    """The demonstration of a database: there is one at most."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def record(self) -> str | None:
        """Return what was recorded; None: there is no demonstration.

        Raises:
            BackendUnavailable: The database does not answer.
        """
        return await self._database.read(find_secret, _NAME)

    async def claim(self, record: str) -> str:
        """Record *record*, unless there is one already; return the one there is.

        Raises:
            BackendUnavailable: The database cannot be written.
        """
        async with self._database.transaction() as transaction:
            return await transaction.run(_claim, record)

    async def delete_links(
        self, first: int, last: int, *, now: datetime, has_caches: bool
    ) -> None:
        """Delete the links with the ids from *first* to *last*, and their counts.

        It may be done again after a kill. With *has_caches* the processes that keep
        links in memory get to know it.

        Raises:
            BackendUnavailable: The database cannot be written.
        """
        for start in range(first, last + 1, _STEP):
            async with self._database.transaction() as transaction:
                transaction.is_awaited = False
                await transaction.run(
                    _delete_links,
                    start,
                    min(start + _STEP - 1, last),
                    now=now if has_caches else None,
                )

    async def forget(self, journal: str) -> None:
        """Delete the record, and that clicks of *journal* were counted.

        Raises:
            BackendUnavailable: The database cannot be written.
        """
        async with self._database.transaction() as transaction:
            await transaction.run(_forget, journal)


def _claim(connection: Connection, record: str) -> str:
    making = inserting(connection.dialect.name, instance_secrets)
    row = {"name": _NAME, "value": record}
    connection.execute(making.on_conflict_do_nothing(), row)
    found = find_secret(connection, _NAME)
    assert found, "it was recorded, now or before"
    return found


def _delete_links(
    connection: Connection, first: int, last: int, *, now: datetime | None
) -> None:
    is_ours = links.c.id.between(first, last)
    if now is not None:
        rows = connection.execute(select(*COLUMNS).where(is_ours)).mappings()
        add_events(
            connection, _events(list(map(link_of, rows)), now), reader=CACHES.name
        )
    connection.execute(
        delete(click_counts).where(click_counts.c.link_id.between(first, last))
    )
    connection.execute(delete(links).where(is_ours))


def _events(gone: Sequence[Link], now: datetime) -> list[LinkEvent]:
    deleted = [
        replace(link, version=link.version + 1, deleted_at=now, updated_at=now)
        for link in gone
    ]
    kind = LinkEventKind.CHANGED
    return [LinkEvent(kind=kind, link=link, occurred_at=now) for link in deleted]


def _forget(connection: Connection, journal: str) -> None:
    connection.execute(
        delete(counted_clicks).where(counted_clicks.c.journal == journal)
    )
    connection.execute(delete(instance_secrets).where(instance_secrets.c.name == _NAME))
