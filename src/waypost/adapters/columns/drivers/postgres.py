"""A connection to a PostgreSQL server."""

import asyncio
import math
from collections.abc import Awaitable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache
from itertools import count
from typing import Final, TypeVar

import asyncpg

from waypost.adapters.columns.drivers.connection import Value, check_deadline
from waypost.domain.errors import (
    BackendUnavailable,
    DatabaseDamaged,
    DatabaseNotWritable,
)

T = TypeVar("T")

_FAILURES: Final = (asyncpg.PostgresError, asyncpg.InterfaceError, OSError)
# data_corrupted, index_corrupted, and an error of the system at reading or writing.
_DAMAGED: Final = frozenset({"XX001", "XX002", "58030"})
_DISK_FULL: Final = "53100"
_IDLE_MILLISECONDS: Final = "60000"
_FAREWELL_SECONDS: Final = 1.0


class PostgresConnection:
    """One connection to the database that *url* names.

    asyncpg runs in an event loop that this connection has to itself: so both kinds of
    database are used from threads by the same code. A statement has *timeout_seconds*.
    """

    def __init__(self, url: str, *, timeout_seconds: float) -> None:
        self.deadline = math.inf
        self._loop = asyncio.new_event_loop()
        self._driver: asyncpg.Connection | None = None
        try:
            self._driver = self._wait(_connected(url, timeout_seconds))
        except BaseException:
            self._loop.close()
            raise

    def fetch(self, sql: str, *parameters: Value) -> list[T]:
        """Return the rows of *sql*."""
        check_deadline(self.deadline)
        assert self._driver, "the connection is open"
        found = self._wait(self._driver.fetch(_spoken(sql), *parameters))
        return list(map(tuple, found))  # type: ignore[arg-type]  # the caller's types

    def run(self, sql: str, *parameters: Value) -> None:
        """Do one statement."""
        assert self._driver, "the connection is open"
        self._wait(self._driver.execute(_spoken(sql), *parameters))

    def run_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        """Do one statement for each of *rows*."""
        assert self._driver, "the connection is open"
        self._wait(self._driver.executemany(_spoken(sql), rows))

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Open a transaction; others wait only for what both lock."""
        self.run("BEGIN ISOLATION LEVEL READ COMMITTED")
        with self._ended():
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Open a transaction whose reads all see one moment."""
        self.run("BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        with self._ended():
            yield

    def lock(self, number: int) -> None:
        """Keep other transactions from locking *number* until this one ends."""
        self.fetch("SELECT pg_advisory_xact_lock(?)", number)

    @contextmanager
    def lease(self, number: int) -> Iterator[bool]:
        """Hold *number* until the end, or the end of this connection."""
        found: list[tuple[bool]] = self.fetch("SELECT pg_try_advisory_lock(?)", number)
        ((is_held,),) = found
        try:
            yield is_held
        finally:
            # A connection that has failed has lost it.
            with suppress(BackendUnavailable):
                if is_held:
                    self.fetch("SELECT pg_advisory_unlock(?)", number)

    @contextmanager
    def scrub(self) -> Iterator[None]:
        """Overwrite nothing: the server does when it vacuums."""
        yield

    def shrink(self) -> None:
        """Return: the server uses free space again when it has vacuumed."""

    def close(self) -> None:
        """End the connection; an open transaction is undone."""
        driver, self._driver = self._driver, None
        if driver is not None:
            # It terminates a connection that does not end in time by itself.
            with suppress(TimeoutError, *_FAILURES):
                self._loop.run_until_complete(driver.close(timeout=_FAREWELL_SECONDS))
            self._loop.close()

    @contextmanager
    def _ended(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            with suppress(BackendUnavailable):
                self.run("ROLLBACK")
            raise
        self.run("COMMIT")

    def _wait(self, work: Awaitable[T]) -> T:
        try:
            return self._loop.run_until_complete(_awaited(work))
        except TimeoutError as error:
            raise BackendUnavailable from error
        except _FAILURES as error:
            raise _meaning_of(error) from error


async def _connected(url: str, timeout_seconds: float) -> asyncpg.Connection:
    milliseconds = str(round(timeout_seconds * 1000))
    return await asyncpg.connect(
        url,
        timeout=timeout_seconds,
        command_timeout=2 * timeout_seconds,
        server_settings={
            "application_name": "waypost clicks",
            "statement_timeout": milliseconds,
            "lock_timeout": milliseconds,
            # So that an abandoned transaction does not keep its locks. Between two
            # statements clicks are counted.
            "idle_in_transaction_session_timeout": _IDLE_MILLISECONDS,
        },
    )


async def _awaited(work: Awaitable[T]) -> T:
    return await work


@lru_cache(maxsize=256)
def _spoken(sql: str) -> str:
    listed = "json_array_elements_text(CAST(? AS json))"
    # As an array, which looks each up in an index: a list that is joined makes the
    # server read all of the table, however few they are.
    sql = sql.replace("IN {numbers}", f"= ANY(ARRAY(SELECT CAST({listed} AS bigint)))")
    sql = sql.replace("IN {texts}", f"= ANY(ARRAY(SELECT {listed}))")
    numbers = count(1)
    return "".join(f"${next(numbers)}" if sign == "?" else sign for sign in sql)


def _meaning_of(error: BaseException) -> BackendUnavailable:
    state = getattr(error, "sqlstate", None) or ""
    if state in _DAMAGED:
        return DatabaseDamaged()
    return DatabaseNotWritable() if state == _DISK_FULL else BackendUnavailable()
