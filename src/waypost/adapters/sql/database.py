"""Between asyncio and a database: what each kind of database provides.

Statements are plain functions over a synchronous `Connection`. SQLite runs them in a
thread, PostgreSQL through `AsyncConnection.run_sync`.
"""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from enum import Enum, auto
from types import TracebackType
from typing import Concatenate, ParamSpec, Protocol, Self, TypeVar
from urllib.parse import urlsplit

from sqlalchemy import Connection

from waypost.domain.errors import BackendUnavailable, Unusable
from waypost.telemetry.background import consume_exception

P = ParamSpec("P")
T = TypeVar("T")


class DatabaseRefused(Unusable):
    """This database cannot be used; the text says why and what to do."""


def is_postgres(url: str) -> bool:
    """Return whether *url* names a PostgreSQL database; otherwise it is SQLite's."""
    return urlsplit(url).scheme == "postgresql"


class Database(Protocol):
    """An open database."""

    async def read(
        self,
        statement: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Return what *statement* finds among the committed data.

        It is one query, and may be run again after a failure.

        Raises:
            BackendUnavailable: The database does not answer in time.
        """
        ...

    async def read_long(
        self,
        statement: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Return what *statement* finds, as `read`, for which no visitor waits.

        It may be several queries, which need not see the same moment.

        Raises:
            BackendUnavailable: The database does not answer in time.
        """
        ...

    def transaction(self) -> "DatabaseTransaction":
        """Open a transaction: committed at the end, rolled back on an exception."""
        ...

    async def check(self) -> None:
        """Check that writing is possible, without writing.

        Raises:
            DatabaseUnusable: A write would be lost or refused.
        """
        ...

    async def aclose(self) -> None:
        """Close every connection, once its current statement is done."""
        ...


class TransactionState(Enum):
    """The state of a transaction."""

    NEW = auto()
    """No statement was run yet."""
    OPEN = auto()
    FAILED = auto()
    """A statement failed: there is nothing left that could be committed."""
    OVER = auto()


class DatabaseTransaction(ABC):
    """Statements that are committed together, at the end of the `async with`.

    A statement or the end raises `BackendUnavailable` when the database cannot be
    written. A task that is cancelled during the commit ends when its result is known.
    """

    def __init__(self) -> None:
        self._state = TransactionState.NEW
        self._actions: list[Callable[[], None]] = []
        self.is_awaited = True
        """Whether a caller waits for its end: then its operations share a deadline."""

    @abstractmethod
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
        await to_the_end(self._end(is_kept=error is None))

    @abstractmethod
    async def _commit(self) -> None:
        """Commit what is open."""

    @abstractmethod
    async def _let_go(self) -> None:
        """Roll back what is still open, and let the next transaction begin."""

    async def _end(self, *, is_kept: bool) -> None:
        try:
            if is_kept:
                self._check_usable()
                if self._state is TransactionState.OPEN:
                    await self._commit()
                for action in self._actions:
                    action()
        finally:
            await self._let_go()
            self._state = TransactionState.OVER

    def _check_usable(self) -> None:
        assert self._state is not TransactionState.OVER, "the transaction has ended"
        if self._state is TransactionState.FAILED:
            raise BackendUnavailable


async def undisturbed(work: asyncio.Future[T]) -> T:
    """Return the result of *work*; a cancelled caller does not wait for it."""
    work.add_done_callback(consume_exception)
    return await asyncio.shield(work)


async def to_the_end(work: Coroutine[object, object, T]) -> T:
    """Return the result of *work*; a cancelled caller leaves when it is done.

    A connection must not meet its next user in the middle of a statement, and a commit
    that was sent may have succeeded.
    """
    task = asyncio.ensure_future(work)
    is_cancelled = False
    while not task.done():
        try:
            await asyncio.wait([task])
        except asyncio.CancelledError:
            is_cancelled = True
    if is_cancelled:
        consume_exception(task)
        raise asyncio.CancelledError
    return task.result()
