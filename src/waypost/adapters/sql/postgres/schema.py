"""A PostgreSQL database as migrations see it: without asyncio, one at a time.

asyncpg works with asyncio only, and the caller may have a loop running. So each
call has a thread with a loop of its own.
"""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection
from sqlalchemy.pool import NullPool

from waypost.adapters.sql.dialect import Locks, lock
from waypost.adapters.sql.postgres.connecting import connect, engine_over
from waypost.adapters.sql.postgres.errors import (
    FAILURES,
    driver_error,
    refusal,
    unavailable,
)

T = TypeVar("T")


def look(
    url: str, statement: Callable[[Connection], T], *, timeout_seconds: float
) -> T | None:
    """Return what *statement* finds."""
    return _apart(_transact(url, statement, timeout_seconds=timeout_seconds))


def change(
    url: str, statement: Callable[[Connection], None], *, timeout_seconds: float
) -> None:
    """Run *statement* in a transaction; concurrent callers run one after another."""

    def alone(connection: Connection) -> None:
        lock(connection, Locks.SCHEMA, [0])
        statement(connection)

    _apart(_transact(url, alone, timeout_seconds=timeout_seconds))


async def _transact(
    url: str, statement: Callable[[Connection], T], *, timeout_seconds: float
) -> T:
    connecting = partial(connect, url, timeout_seconds=timeout_seconds)
    engine = engine_over(connecting, poolclass=NullPool)
    try:
        # One deadline for waiting for other migrations, and one for the work itself.
        async with asyncio.timeout(2 * timeout_seconds), engine.begin() as connection:
            return await connection.run_sync(statement)
    except (*FAILURES, ValueError) as error:
        cause = driver_error(error)
        if refused := refusal(cause, url):
            raise refused from None
        raise unavailable(cause) from cause


def _apart(work: Coroutine[object, object, T]) -> T:
    with ThreadPoolExecutor(1, thread_name_prefix="schema") as thread:
        return thread.submit(asyncio.run, work).result()
