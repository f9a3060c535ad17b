"""The seam between asyncio and a synchronous driver: one SQLite file.

Statements are plain functions over a synchronous `Connection`. A driver that speaks
asyncio can run the same functions through `AsyncConnection.run_sync`.
"""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from enum import Enum, auto
from types import TracebackType
from typing import Concatenate, Final, ParamSpec, Self, TypeVar

from sqlalchemy import Connection
from sqlalchemy.exc import DatabaseError

from waypost.adapters.sql.engine import (
    DatabaseRefused,
    database_path,
    driver_of,
    reading_engine,
    translated_errors,
    writing_engine,
)
from waypost.adapters.sql.group import CommitGroup
from waypost.adapters.sql.threads import ConnectionThreads
from waypost.domain.errors import BackendUnavailable

P = ParamSpec("P")
T = TypeVar("T")

_READERS: Final = 1


class Database:
    """One connection that writes and one that reads, each in a thread.

    Waiting for another writer, in this process or elsewhere, takes *timeout_seconds*
    at most for each; so does reading.
    """

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        reading = reading_engine(url, timeout_seconds=timeout_seconds)
        writing = writing_engine(url, timeout_seconds=timeout_seconds)
        self._readers = ConnectionThreads(reading, size=_READERS)
        self._writer = ConnectionThreads(writing, size=1)
        self._group = CommitGroup(self._writer)
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
                await database._writer.start(_do_nothing)
        except BaseException:
            await database.aclose()
            raise
        return database

    async def aclose(self) -> None:
        """Close every connection, once what they are doing is done."""
        async with self._group.closing():
            await self._readers.aclose()
            await self._writer.aclose()

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
                # Shielded, so that who waits may leave: reading disturbs nobody.
                return await asyncio.shield(
                    self._readers.start(
                        lambda connection: statement(connection, *args, **kwargs)
                    )
                )

    def transaction(self) -> "DatabaseTransaction":
        """Open a transaction: committed at the end, rolled back on an exception."""
        return DatabaseTransaction(
            self._writer, self._group, timeout_seconds=self._timeout_seconds
        )


class _State(Enum):
    NEW = auto()
    OPEN = auto()
    # A statement failed: the database has forgotten the transaction.
    FAILED = auto()
    OVER = auto()


class DatabaseTransaction:
    """Statements that are committed together, at the end of the `async with`.

    A statement or the end raises `BackendUnavailable` when the database cannot be
    written; then nothing is kept.
    """

    def __init__(
        self,
        writer: ConnectionThreads,
        group: CommitGroup,
        *,
        timeout_seconds: float,
    ) -> None:
        self._writer = writer
        self._group = group
        self._timeout_seconds = timeout_seconds
        self._state = _State.NEW
        self._begin = _begun
        self._roll_back: Callable[[Connection], None] = Connection.rollback
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
        if self._state is _State.NEW:
            await self._take_turn()
        self._check_open()
        begin, self._begin = self._begin, _begun
        outcome = self._writer.start(
            lambda connection: statement(begin(connection), *args, **kwargs)
        )
        try:
            with translated_errors():
                return await outcome
        finally:
            error = outcome.exception()
            if error:
                self._state = _State.FAILED
                self._group.fail(error)

    def after_commit(self, action: Callable[[], None]) -> None:
        """Queue *action* to run once the commit has succeeded."""
        self._actions.append(action)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        try:
            if error is None:
                await self._commit()
        finally:
            await self._end()

    async def _commit(self) -> None:
        if self._state is _State.NEW:
            self._act()
            return
        self._check_open()
        outcome = self._group.join()
        self._pass_turn()
        try:
            with translated_errors():
                await outcome
        finally:
            # Cancelled or not: what was committed is committed.
            if not outcome.exception():
                self._act()

    async def _end(self) -> None:
        if self._state is _State.OPEN:
            outcome = self._writer.start(self._roll_back)
            outcome.add_done_callback(self._fail_with_it)
            self._pass_turn()
            with suppress(DatabaseError, sqlite3.DatabaseError):
                await outcome
        elif self._state is _State.FAILED:
            self._pass_turn()

    async def _take_turn(self) -> None:
        with translated_errors():
            await self._group.take_turn(timeout_seconds=self._timeout_seconds)
        self._state = _State.OPEN
        if self._group.is_open:
            self._begin, self._roll_back = _joined, _left

    def _pass_turn(self) -> None:
        self._state = _State.OVER
        self._group.pass_turn()

    def _fail_with_it(self, outcome: asyncio.Future[None]) -> None:
        """Tell those who wait for their commit if the transaction is gone."""
        error = outcome.exception()
        if error:
            self._group.fail(error)

    def _check_open(self) -> None:
        assert self._state is not _State.OVER, "the transaction has ended"
        if self._state is _State.FAILED:
            raise BackendUnavailable

    def _act(self) -> None:
        for action in self._actions:
            action()


def _begun(connection: Connection) -> Connection:
    if not connection.in_transaction():
        connection.begin()
    return connection


def _joined(connection: Connection) -> Connection:
    """Begin within the transaction of others, who have ended and not committed."""
    driver_of(_begun(connection)).execute("SAVEPOINT member")
    return connection


def _left(connection: Connection) -> None:
    """Undo what was done since `_joined`, and nothing of the others."""
    driver_of(connection).execute("ROLLBACK TO member")


def _do_nothing(connection: Connection) -> None:
    """Ask for nothing but an open connection."""
