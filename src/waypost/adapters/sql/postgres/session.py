"""One connection to PostgreSQL, on which every wait has a deadline.

If the server does not answer in time, the connection is terminated; no request to
cancel is sent, because the server may be frozen.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeVar

import asyncpg
from sqlalchemy import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncConnection

from waypost.adapters.sql.postgres.errors import (
    FAILURES,
    driver_error,
    is_farewell,
    unavailable,
)
from waypost.domain.errors import BackendUnavailable

T = TypeVar("T")


class Session:
    """One connection. After an error it can only be given back."""

    def __init__(
        self,
        connection: AsyncConnection,
        *,
        driver: asyncpg.Connection,
        adapter: DBAPIConnection,
        timeout_seconds: float,
    ) -> None:
        """Give the server *timeout_seconds* for all statements, until `renew`."""
        self._connection = connection
        self._driver = driver
        self._adapter = adapter
        self._timeout_seconds = self._seconds_left = timeout_seconds

    @property
    def is_closed(self) -> bool:
        """Whether the connection is gone, and with it what was not committed."""
        return bool(self._driver.is_closed())

    async def begin(
        self,
        statement: Callable[[Connection], T],
        *,
        is_reading: bool,
        deadline: float,
    ) -> T:
        """Return what *statement* does; later statements share its *deadline*.

        Reading is a query without a transaction: one round trip.

        Raises:
            BackendUnavailable: The server refuses, or does not answer in time.
        """
        self._adapter.autocommit = is_reading
        self._seconds_left = deadline - asyncio.get_running_loop().time()
        return await self.run(statement)

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
            BackendUnavailable: The server refuses, or the result is unknown.
        """
        with self._bounded():
            await self._connection.commit()

    def renew(self) -> None:
        """Give the server the full time again."""
        self._seconds_left = self._timeout_seconds

    async def roll_back(self) -> None:
        """Roll back what is open; a connection that cannot do that is terminated."""
        if self.is_closed:
            return
        # A statement that was refused because of its deadline need not cost the
        # connection.
        self.renew()
        try:
            with self._bounded():
                await self._connection.rollback()
        except BackendUnavailable:
            self._driver.terminate()
        except BaseException:
            self._driver.terminate()
            raise

    async def close(self) -> None:
        """Close the connection; one that does not answer in time is terminated."""
        with suppress(*FAILURES):
            await self._driver.close(timeout=self._timeout_seconds)
        if not self._connection.closed:
            await self._connection.invalidate()
            await self._connection.close()

    @contextmanager
    def _bounded(self) -> Iterator[None]:
        loop = asyncio.get_running_loop()
        began = loop.time()
        deadline = began + self._seconds_left
        termination = loop.call_at(deadline, self._driver.terminate)
        try:
            yield
        except FAILURES as error:
            if loop.time() >= deadline:
                raise BackendUnavailable from TimeoutError("no answer in time")
            cause = driver_error(error)
            if is_farewell(cause):
                self._driver.terminate()
            raise unavailable(cause) from cause
        finally:
            termination.cancel()
            self._seconds_left -= loop.time() - began
