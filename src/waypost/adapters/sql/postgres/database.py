"""A database on a PostgreSQL server, which other processes use as well."""

import asyncio
from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from waypost.adapters.sql.database import (
    DatabaseTransaction,
    TransactionState,
    to_the_end,
    undisturbed,
)
from waypost.adapters.sql.failures import FailureLog
from waypost.adapters.sql.postgres.errors import failure_log, refusal
from waypost.adapters.sql.postgres.session import Session
from waypost.adapters.sql.postgres.sessions import Sessions

P = ParamSpec("P")
T = TypeVar("T")


class PostgresDatabase:
    """Up to *pool_size* connections to one database.

    The server has *timeout_seconds* for a look-up or a transaction as a whole; for
    each operation of a transaction whose end no caller awaits.
    """

    def __init__(self, url: str, *, pool_size: int, timeout_seconds: float) -> None:
        self._sessions = Sessions(url, size=pool_size, timeout_seconds=timeout_seconds)
        self._failures = failure_log()
        self._reads: set[asyncio.Task[object]] = set()

    @classmethod
    async def open(
        cls, url: str, *, pool_size: int, timeout_seconds: float
    ) -> "PostgresDatabase":
        """Open the existing database that *url* names.

        Raises:
            DatabaseRefused: There is none, or it does not let this user in.
            BackendUnavailable: The server does not answer.
        """
        database = cls(url, pool_size=pool_size, timeout_seconds=timeout_seconds)
        try:
            await database.read(_do_nothing)
        except BaseException as error:
            await database.aclose()
            if refused := refusal(error.__cause__ or error, url):
                raise refused from None
            raise
        return database

    async def check(self) -> None:
        """Return: only a write would show it, and the server manages its own files."""

    async def aclose(self) -> None:
        """Close every connection, once its current statement is done."""
        await self._sessions.aclose()

    async def read(
        self,
        statement: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Return what *statement*, which is one query, finds among the committed data.

        Raises:
            BackendUnavailable: The database does not answer in time.
        """
        asked = _call(statement, *args, **kwargs)
        task = asyncio.create_task(self._read(asked))
        self._reads.add(task)
        task.add_done_callback(self._reads.discard)
        return await undisturbed(task)

    async def read_long(
        self,
        statement: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Return what *statement* finds: the server does several things at a time.

        Raises:
            BackendUnavailable: The database does not answer in time.
        """
        return await self.read(statement, *args, **kwargs)

    async def _read(self, asked: Callable[[Connection], T]) -> T:
        with self._failures.watching():
            session, found = await self._sessions.begin(asked, is_reading=True)
        await self._sessions.give_back(session)
        return found

    def transaction(self) -> "PostgresTransaction":
        """Open a transaction: committed at the end, rolled back on an exception."""
        return PostgresTransaction(self._sessions, self._failures)


class PostgresTransaction(DatabaseTransaction):
    """Statements of one connection. Others wait only for rows that both change."""

    def __init__(self, sessions: Sessions, failures: FailureLog) -> None:
        super().__init__()
        self._sessions = sessions
        self._failures = failures
        self._session: Session | None = None

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
        return await to_the_end(self._run(_call(statement, *args, **kwargs)))

    async def _run(self, asked: Callable[[Connection], T]) -> T:
        # Until it has succeeded.
        self._state = TransactionState.FAILED
        with self._failures.watching():
            if self._session is None:
                self._session, done = await self._sessions.begin(
                    asked, is_reading=False
                )
            else:
                done = await self._session.run(asked)
            if not self.is_awaited:
                self._session.renew()
        self._state = TransactionState.OPEN
        return done

    async def _commit(self) -> None:
        assert self._session is not None, "an open transaction has a session"
        with self._failures.watching():
            await self._session.commit()

    async def _let_go(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await self._sessions.give_back(session)


def _call(
    statement: Callable[Concatenate[Connection, P], T],
    *args: P.args,
    **kwargs: P.kwargs,
) -> Callable[[Connection], T]:
    return lambda connection: statement(connection, *args, **kwargs)


def _do_nothing(connection: Connection) -> None:
    """Ask for nothing but an open connection."""
