"""Connections to PostgreSQL, each lent to one user at a time.

    begin ─▶ wait for a turn ─▶ an idle connection, else a new one ─▶ Session
    give_back ─▶ roll back ─▶ idle, or closed if it does not work ─▶ the next turn

Turns are given in the order of the requests.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from contextvars import ContextVar
from typing import TypeVar
from weakref import WeakSet

import asyncpg
from sqlalchemy import Connection
from sqlalchemy.pool import NullPool

from waypost.adapters.sql.postgres.connecting import connect, engine_over
from waypost.adapters.sql.postgres.errors import FAILURES, driver_error, unavailable
from waypost.adapters.sql.postgres.session import Session
from waypost.domain.errors import BackendUnavailable

T = TypeVar("T")


class Sessions:
    """At most *size* connections, opened when needed, kept, and replaced when lost."""

    def __init__(self, url: str, *, size: int, timeout_seconds: float) -> None:
        self._url = url
        self._size = size
        self._timeout_seconds = timeout_seconds
        self._engine = engine_over(self._opened, poolclass=NullPool)
        self._driver: ContextVar[asyncpg.Connection] = ContextVar("driver")
        # A turn is the right to take an idle connection, or to open one if none is
        # idle: so there are never more connections than turns.
        self._turns = asyncio.Semaphore(size)
        self._idle: deque[Session] = deque()
        self._drivers: WeakSet[asyncpg.Connection] = WeakSet()
        self._is_closed = False

    async def begin(
        self, statement: Callable[[Connection], T], *, is_reading: bool
    ) -> tuple[Session, T]:
        """Return what *statement* does, with a session that must be given back.

        An idle connection may turn out to be dead. Then nothing was committed, and the
        statement is run again on a new one.

        Raises:
            BackendUnavailable: The server refuses, or does not answer in time.
        """
        if self._is_closed:
            raise BackendUnavailable
        deadline = asyncio.get_running_loop().time() + self._timeout_seconds

        async def begin_on(session: Session) -> tuple[Session, T]:
            try:
                return session, await session.begin(
                    statement, is_reading=is_reading, deadline=deadline
                )
            except BaseException:
                await self._put_back(session)
                raise

        async with _until(deadline):
            await self._turns.acquire()
        try:
            if self._idle:
                session = self._idle.popleft()
                try:
                    return await begin_on(session)
                except BackendUnavailable:
                    if not session.is_closed:
                        raise
            return await begin_on(await self._open(deadline))
        except BaseException:
            self._turns.release()
            raise

    async def give_back(self, session: Session) -> None:
        """Roll back what is open, and give the connection to the next caller."""
        try:
            await self._put_back(session)
        finally:
            self._turns.release()

    async def aclose(self) -> None:
        """Close every connection, once it is given back or its deadline is over."""
        if self._is_closed:
            return
        self._is_closed = True
        with suppress(TimeoutError):
            async with asyncio.timeout(self._timeout_seconds):
                for _ in range(self._size):
                    await self._turns.acquire()
        await asyncio.gather(*(session.close() for session in self._idle))
        for driver in list(self._drivers):
            driver.terminate()

    async def _put_back(self, session: Session) -> None:
        try:
            await session.roll_back()
        finally:
            if session.is_closed:
                await session.close()
            else:
                self._idle.append(session)

    async def _open(self, deadline: float) -> Session:
        async with _until(deadline):
            driver = await connect(self._url, timeout_seconds=self._timeout_seconds)
            self._drivers.add(driver)
            self._driver.set(driver)
            try:
                connection = await self._engine.connect()
                adapter = (await connection.get_raw_connection()).dbapi_connection
            except BaseException:
                driver.terminate()
                raise
        assert adapter is not None, "an open connection has an adapter"
        return Session(
            connection,
            driver=driver,
            adapter=adapter,
            timeout_seconds=self._timeout_seconds,
        )

    async def _opened(self) -> asyncpg.Connection:
        return self._driver.get()


@asynccontextmanager
async def _until(deadline: float) -> AsyncIterator[None]:
    """Raise `BackendUnavailable` for an error, or if it is not done at *deadline*."""
    try:
        if asyncio.get_running_loop().time() >= deadline:
            raise TimeoutError
        async with asyncio.timeout_at(deadline):
            yield
    except FAILURES as error:
        cause = driver_error(error)
        raise unavailable(cause) from cause
