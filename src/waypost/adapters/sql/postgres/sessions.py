"""Connections to PostgreSQL, lent to one user at a time; every wait has an end.

A connection that does not answer in time is cut off rather than asked to cancel: the
server may be frozen.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar
from weakref import WeakSet

import asyncpg
from sqlalchemy import Connection, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from sqlalchemy.pool import (
    AsyncAdaptedQueuePool,
    ConnectionPoolEntry,
    PoolProxiedConnection,
)

from waypost.adapters.sql.postgres.connecting import connect, engine_over
from waypost.adapters.sql.postgres.errors import (
    FAILURES,
    driver_error,
    is_farewell,
    unavailable,
)
from waypost.domain.errors import BackendUnavailable

T = TypeVar("T")


class Session:
    """A connection while it is lent. After an error it can only be given back."""

    def __init__(
        self,
        connection: AsyncConnection,
        turns: asyncio.Semaphore,
        *,
        is_reading: bool,
        timeout_seconds: float,
        seconds_left: float,
    ) -> None:
        """Let the server take *seconds_left* for everything, until `renew`."""
        self._connection = connection
        self._driver = _driver_of(connection)
        self._turns = turns
        self._is_reading = is_reading
        self._timeout_seconds = timeout_seconds
        self._seconds_left = seconds_left
        self.is_lost = False
        """Whether the connection is gone, and with it what was not committed."""

    async def run(self, statement: Callable[[Connection], T]) -> T:
        """Return what *statement* does.

        Raises:
            BackendUnavailable: The server refuses, or does not answer in time.
        """
        with self._bounded():
            return await self._connection.run_sync(statement)

    async def commit(self) -> None:
        """Commit.

        Raises:
            BackendUnavailable: The server refuses, or nobody knows what it did.
        """
        with self._bounded():
            await self._connection.commit()

    def renew(self) -> None:
        """Let the server take the whole time again."""
        self._seconds_left = self._timeout_seconds

    async def give_back(self) -> None:
        """Roll back what is open, and lend the connection to others or replace it."""
        # A statement that was refused late need not cost the connection.
        self.renew()
        try:
            if not (self._is_reading or self._driver.is_closed()):
                with suppress(BackendUnavailable), self._bounded():
                    await self._connection.rollback()
            if self._driver.is_closed():
                await self._connection.invalidate()
            await self._connection.close()
        finally:
            self._turns.release()

    @contextmanager
    def _bounded(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        deadline = began + self._seconds_left
        cutting = loop.call_at(deadline, self._driver.terminate)
        try:
            yield
        except FAILURES as error:
            if loop.time() >= deadline:
                raise BackendUnavailable from TimeoutError("no answer in time")
            cause = driver_error(error)
            if is_farewell(cause):
                self._driver.terminate()
            self.is_lost = self._driver.is_closed()
            raise unavailable(cause) from cause
        finally:
            cutting.cancel()
            self._seconds_left -= loop.time() - began


class Sessions:
    """At most *size* connections, opened when needed, kept, and replaced when lost."""

    def __init__(self, url: str, *, size: int, timeout_seconds: float) -> None:
        self._url = url
        self._size = size
        self._timeout_seconds = timeout_seconds
        # The pool's own queue would not keep a deadline over waiting and connecting.
        self._turns = asyncio.Semaphore(size)
        self._opening: dict[asyncio.Task[object] | None, asyncpg.Connection] = {}
        self._connections: WeakSet[asyncpg.Connection] = WeakSet()
        self._writing = engine_over(
            self._open, poolclass=AsyncAdaptedQueuePool, pool_size=size, max_overflow=0
        )
        self._reading = self._writing.execution_options(isolation_level="AUTOCOMMIT")
        event.listen(self._writing.sync_engine, "checkout", _refuse_closed)
        event.listen(self._writing.sync_engine, "handle_error", _spare_the_others)
        self._is_closed = False

    async def begin(
        self, statement: Callable[[Connection], T], *, is_reading: bool
    ) -> tuple[Session, T]:
        """Return what *statement* does, with a session that must be given back.

        A kept connection may turn out to be dead. Then nothing was committed, and it
        is done again with another one.

        Raises:
            BackendUnavailable: The server refuses, or does not answer in time.
        """
        deadline = asyncio.get_running_loop().time() + self._timeout_seconds
        is_repeated = False
        while True:
            session = await self._lend(deadline, is_reading=is_reading)
            try:
                return session, await session.run(statement)
            except BaseException:
                await session.give_back()
                if is_repeated or not session.is_lost:
                    raise
            is_repeated = True

    async def aclose(self) -> None:
        """Close every connection, once it is given back or its time is over."""
        if self._is_closed:
            return
        self._is_closed = True
        with suppress(TimeoutError):
            async with asyncio.timeout(self._timeout_seconds):
                for _ in range(self._size):
                    await self._turns.acquire()
        with suppress(*FAILURES):
            async with asyncio.timeout(self._timeout_seconds):
                await self._writing.dispose()
        for driver in list(self._connections):
            driver.terminate()

    async def _lend(self, deadline: float, *, is_reading: bool) -> Session:
        if self._is_closed:
            raise BackendUnavailable
        engine = self._reading if is_reading else self._writing
        try:
            async with asyncio.timeout_at(deadline):
                await self._turns.acquire()
                try:
                    connection = await self._connected(engine)
                except BaseException:
                    self._turns.release()
                    raise
        except FAILURES as error:
            cause = driver_error(error)
            raise unavailable(cause) from cause
        return Session(
            connection,
            self._turns,
            is_reading=is_reading,
            timeout_seconds=self._timeout_seconds,
            seconds_left=deadline - asyncio.get_running_loop().time(),
        )

    async def _connected(self, engine: AsyncEngine) -> AsyncConnection:
        me = asyncio.current_task()
        try:
            return await engine.connect()
        except BaseException:
            if half_open := self._opening.get(me):
                half_open.terminate()
            raise
        finally:
            self._opening.pop(me, None)

    async def _open(self) -> asyncpg.Connection:
        driver = await connect(self._url, timeout_seconds=self._timeout_seconds)
        self._opening[asyncio.current_task()] = driver
        self._connections.add(driver)
        return driver


def _driver_of(connection: AsyncConnection) -> asyncpg.Connection:
    sync_connection = connection.sync_connection
    assert sync_connection is not None, "it is connected"
    driver = sync_connection.connection.driver_connection
    assert isinstance(driver, asyncpg.Connection), "these engines are asyncpg's"
    return driver


def _refuse_closed(
    _connection: DBAPIConnection,
    entry: ConnectionPoolEntry,
    _proxy: PoolProxiedConnection,
) -> None:
    """Have the pool replace a connection that the server has closed."""
    driver = entry.driver_connection
    if driver is None or driver.is_closed():
        raise DisconnectionError


def _spare_the_others(context: ExceptionContext) -> None:
    """Keep the pool from closing all connections, one after another, for one."""
    context.invalidate_pool_on_disconnect = False
