"""Database connections in threads of their own, used from asyncio."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import TypeVar

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DatabaseError

T = TypeVar("T")


class ConnectionThreads:
    """Threads with one connection each, opened when first needed and kept."""

    def __init__(self, engine: Engine, *, size: int) -> None:
        self._engine = engine
        self._executor = ThreadPoolExecutor(size, thread_name_prefix="database")
        self._idle: list[Connection] = []

    def start(self, job: Callable[[Connection], T]) -> asyncio.Future[T]:
        """Call *job* with a connection, which it must not keep.

        Whatever *job* left open is rolled back if it raises.
        """
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(self._executor, self._do, job)

    def start_rollback(self) -> asyncio.Future[None]:
        """Roll back what jobs left open. Fails never: a broken connection is closed."""
        loop = asyncio.get_running_loop()
        return loop.run_in_executor(self._executor, self._roll_back)

    def close(self) -> None:
        """Wait for the jobs that were started, then close the connections."""
        self._executor.shutdown()
        while self._idle:
            _discard(self._idle.pop())

    def _do(self, job: Callable[[Connection], T]) -> T:
        connection = self._taken()
        try:
            result = job(connection)
        except BaseException:
            # A new connection is in a known state, whatever went wrong with this one.
            _discard(connection)
            raise
        self._idle.append(connection)
        return result

    def _taken(self) -> Connection:
        with suppress(IndexError):
            return self._idle.pop()
        return self._engine.connect()

    def _roll_back(self) -> None:
        with suppress(DatabaseError):
            if self._idle:
                self._do(Connection.rollback)


def _discard(connection: Connection) -> None:
    # Closing the driver's connection rolls back, and asks nothing of it before.
    connection.invalidate()
    connection.close()


async def settled(future: asyncio.Future[T]) -> T:
    """Return what *future* comes to; if cancelled, leave only once that is there.

    A thread cannot be interrupted: whoever leaves earlier leaves it at work.
    """
    try:
        return await asyncio.shield(future)
    except asyncio.CancelledError:
        while not future.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait((future,))
        raise
