"""The seam between asyncio and a synchronous driver: one SQLite file.

Statements are plain functions over a synchronous `Connection`. A driver that speaks
asyncio can run the same functions through `AsyncConnection.run_sync`.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Concatenate, Final, ParamSpec, TypeVar

from sqlalchemy import Connection

from waypost.adapters.sql.engine import (
    DatabaseRefused,
    database_path,
    reading_engine,
    translated_errors,
    writing_engine,
)
from waypost.adapters.sql.threads import ConnectionThreads, settled
from waypost.domain.errors import BackendUnavailable

P = ParamSpec("P")
T = TypeVar("T")

_READERS: Final = 2


class Database:
    """One connection that writes and a few that read, each in a thread.

    Waiting for another writer, in this process or elsewhere, takes *timeout_seconds*
    at most for each; so does reading.
    """

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        reading = reading_engine(url, timeout_seconds=timeout_seconds)
        writing = writing_engine(url, timeout_seconds=timeout_seconds)
        self._readers = ConnectionThreads(reading, size=_READERS)
        self._writer = ConnectionThreads(writing, size=1)
        # Writers queue here, in order; the lock of the file has no queue.
        self._turn = asyncio.Lock()
        self._timeout_seconds = timeout_seconds

    @classmethod
    async def open(cls, url: str, *, timeout_seconds: float) -> "Database":
        """Open the existing database that *url* names.

        Raises:
            DatabaseRefused: There is none, or it cannot be used.
            BackendUnavailable: It cannot be opened at the moment.
        """
        path = database_path(url)
        if not path.exists():
            raise DatabaseRefused(
                f"There is no database {path}. Make it with `waypost migrate`."
            )
        database = cls(url, timeout_seconds=timeout_seconds)
        try:
            with translated_errors():
                await settled(database._writer.start(_do_nothing))
        except BaseException:
            await database.aclose()
            raise
        return database

    async def aclose(self) -> None:
        """Close every connection, once what they are doing is done."""
        async with self._turn:
            await asyncio.to_thread(self._readers.close)
            await asyncio.to_thread(self._writer.close)

    async def read(
        self,
        statement: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Return what *statement* finds among what is committed.

        Raises:
            BackendUnavailable: The database does not answer in time.
        """
        with translated_errors():
            async with asyncio.timeout(self._timeout_seconds):
                return await self._readers.start(
                    lambda connection: statement(connection, *args, **kwargs)
                )

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["DatabaseTransaction"]:
        """Open a transaction: committed at the end, rolled back on an exception.

        Raises:
            BackendUnavailable: The database cannot be written; nothing was kept.
        """
        transaction = DatabaseTransaction(
            self._writer, self._turn, timeout_seconds=self._timeout_seconds
        )
        try:
            yield transaction
            await transaction.commit()
        finally:
            await transaction.end()


class DatabaseTransaction:
    """Statements that are committed together."""

    def __init__(
        self,
        writer: ConnectionThreads,
        turn: asyncio.Lock,
        *,
        timeout_seconds: float,
    ) -> None:
        self._writer = writer
        self._turn = turn
        self._timeout_seconds = timeout_seconds
        self._has_turn = False
        self._is_open = False
        self._actions: list[Callable[[], None]] = []

    async def run(
        self,
        statement: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Return what *statement* does; the first one begins the transaction.

        Raises:
            BackendUnavailable: The database cannot be written.
        """
        if not self._has_turn:
            await self._begin()
        return await self._do(
            lambda connection: statement(_begun(connection), *args, **kwargs)
        )

    def after_commit(self, action: Callable[[], None]) -> None:
        """Queue *action* to run once the commit has succeeded."""
        self._actions.append(action)

    async def commit(self) -> None:
        """Make the statements durable, and then run the actions that wait for it.

        Raises:
            BackendUnavailable: Nothing was kept.
        """
        if self._has_turn:
            await self._do(Connection.commit, then=self._conclude)
        else:
            self._conclude()

    async def end(self) -> None:
        """Roll back what is not committed, and let the next transaction begin."""
        try:
            if self._is_open:
                self._is_open = False
                await settled(self._writer.start_rollback())
        finally:
            if self._has_turn:
                self._has_turn = False
                self._turn.release()

    async def _begin(self) -> None:
        with translated_errors():
            async with asyncio.timeout(self._timeout_seconds):
                await self._turn.acquire()
        self._has_turn = self._is_open = True

    async def _do(
        self, job: Callable[[Connection], T], then: Callable[[], None] | None = None
    ) -> T:
        if not self._is_open:
            # An earlier statement failed, and the database forgot the transaction.
            raise BackendUnavailable
        outcome = self._writer.start(job)
        try:
            with translated_errors():
                return await settled(outcome)
        finally:
            # Also when cancelled: what the thread did decides.
            if outcome.exception():
                self._is_open = False
            elif then:
                then()

    def _conclude(self) -> None:
        self._is_open = False
        for action in self._actions:
            action()


def _begun(connection: Connection) -> Connection:
    if not connection.in_transaction():
        connection.begin()
    return connection


def _do_nothing(connection: Connection) -> None:
    """Ask for nothing but an open connection."""
