"""A database in one SQLite file: a connection that writes and two that read."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import suppress
from typing import Concatenate, Final, ParamSpec, TypeVar

from sqlalchemy import Connection, event
from sqlalchemy.exc import DatabaseError

from waypost.adapters.sql.database import (
    DatabaseRefused,
    DatabaseTransaction,
    TransactionState,
    undisturbed,
)
from waypost.adapters.sql.failures import FailureLog
from waypost.adapters.sql.sqlite.engine import (
    database_path,
    reading_engine,
    writing_engine,
)
from waypost.adapters.sql.sqlite.errors import failure_log, translated_errors
from waypost.adapters.sql.sqlite.file import DatabaseFile
from waypost.adapters.sql.sqlite.threads import ConnectionThreads

P = ParamSpec("P")
T = TypeVar("T")

_READERS: Final = 1
_WRITER_NICENESS: Final = 5
"""Counting takes 12 ms twice a second under load; redirects at that time shall not wait
for its turns on the processor. Not higher: all threads wait for the holder of the
interpreter's lock, which must make progress when the machine is busy."""


class SqliteDatabase:
    """One connection that writes and two that read, each in a thread.

    Waiting for another writer, in this process or elsewhere, takes *timeout_seconds*
    at most for each; so does reading.
    """

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        reading = reading_engine(url, timeout_seconds=timeout_seconds)
        writing = writing_engine(url, timeout_seconds=timeout_seconds)
        self._file = DatabaseFile(database_path(url))
        self._failures = failure_log()
        # Connecting to a file that is gone would make an empty one.
        event.listen(reading, "do_connect", lambda *_: self._file.check())
        event.listen(writing, "do_connect", lambda *_: self._file.check())
        event.listen(writing, "close", lambda *_: self._file.forget_log())
        self._readers = ConnectionThreads(reading, size=_READERS)
        self._long_readers = ConnectionThreads(
            reading, size=_READERS, niceness=_WRITER_NICENESS
        )
        self._writer = ConnectionThreads(writing, size=1, niceness=_WRITER_NICENESS)
        # Writers queue here, in order; the lock of the file has no queue.
        self._turn = asyncio.Lock()
        self._timeout_seconds = timeout_seconds

    @classmethod
    async def open(cls, url: str, *, timeout_seconds: float) -> "SqliteDatabase":
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
            with database._failures.watching(), translated_errors():
                await database._writer.start(_do_nothing)
        except BaseException:
            await database.aclose()
            raise
        return database

    async def aclose(self) -> None:
        """Close every connection, once its current statement is done."""
        async with self._turn:
            await self._readers.aclose()
            await self._long_readers.aclose()
            await self._writer.aclose()

    async def read(
        self,
        statement: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Return what *statement* finds among the committed data.

        Raises:
            BackendUnavailable: The database does not answer in time.
        """
        return await self._read(self._readers, statement, *args, **kwargs)

    async def read_long(
        self,
        statement: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Return what *statement* finds, on a connection that no visitor waits for.

        Raises:
            BackendUnavailable: The database does not answer in time.
        """
        return await self._read(self._long_readers, statement, *args, **kwargs)

    async def _read(
        self,
        threads: ConnectionThreads,
        statement: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        with self._failures.watching(), translated_errors():
            async with asyncio.timeout(self._timeout_seconds):
                return await undisturbed(
                    threads.start(
                        lambda connection: statement(connection, *args, **kwargs)
                    )
                )

    def transaction(self) -> "SqliteTransaction":
        """Open a transaction: committed at the end, rolled back on an exception."""
        return SqliteTransaction(
            self._writer,
            self._turn,
            file=self._file,
            failures=self._failures,
            timeout_seconds=self._timeout_seconds,
        )

    async def check(self) -> None:
        """Check that writes would be kept.

        Raises:
            DatabaseUnusable: The file is gone, or its disk is full.
        """
        with self._failures.watching():
            self._file.check()
            self._file.check_room()


class SqliteTransaction(DatabaseTransaction):
    """Statements of the one connection that writes, while it is this one's turn."""

    def __init__(
        self,
        writer: ConnectionThreads,
        turn: asyncio.Lock,
        *,
        file: DatabaseFile,
        failures: FailureLog,
        timeout_seconds: float,
    ) -> None:
        super().__init__()
        self._writer = writer
        self._turn = turn
        self._file = file
        self._failures = failures
        self._timeout_seconds = timeout_seconds

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
        self._check_usable()
        if self._state is TransactionState.NEW:
            await self._take_turn()
        outcome = self._writer.start(
            lambda connection: statement(_begun(connection), *args, **kwargs)
        )
        try:
            with self._failures.watching(), translated_errors():
                return await outcome
        finally:
            if outcome.exception():
                self._state = TransactionState.FAILED

    async def _take_turn(self) -> None:
        with self._failures.watching(), translated_errors():
            # Here and not in the thread, which would close the connection; a file
            # that is put back can be used again.
            self._file.check()
            async with asyncio.timeout(self._timeout_seconds):
                await self._turn.acquire()
        self._state = TransactionState.OPEN

    async def _commit(self) -> None:
        # Nothing is left to roll back: it is committed, or gone with its connection.
        self._state = TransactionState.FAILED
        with self._failures.watching(), translated_errors():
            await self._writer.start(Connection.commit)

    async def _let_go(self) -> None:
        if self._state is TransactionState.NEW:
            return
        if self._state is TransactionState.OPEN:
            with suppress(DatabaseError, sqlite3.DatabaseError):
                await self._writer.start(Connection.rollback)
        self._turn.release()


def _begun(connection: Connection) -> Connection:
    if not connection.in_transaction():
        connection.begin()
    return connection


def _do_nothing(connection: Connection) -> None:
    """Ask for nothing but an open connection."""
