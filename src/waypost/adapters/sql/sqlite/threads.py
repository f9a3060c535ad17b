"""Database connections in threads of their own, used from asyncio.

Handing a job over costs a third of the time that `concurrent.futures` takes, and that
is a good part of the time of a create.
"""

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from threading import Thread, get_native_id
from typing import TypeVar

from sqlalchemy import Connection, Engine

from waypost.domain.errors import BackendUnavailable

S = TypeVar("S")
T = TypeVar("T")


class Pending(asyncio.Future[T]):
    """The result of a job. A cancelled caller leaves when the result is there.

    A thread cannot be interrupted, and a connection must not meet its next user in
    the middle of a job. Cancelling a task asks the future that it awaits to stop;
    when that declines, the task gets its `CancelledError` as soon as the wait is over.
    """

    def cancel(self, msg: object = None) -> bool:  # noqa: ARG002 - asyncio passes it
        """Decline."""
        return False


class ConnectionThreads:
    """Threads with one connection each, opened when first needed and kept.

    One thread does its jobs in the order in which they were started. By *niceness*
    they yield to the other threads of this process.
    """

    def __init__(self, engine: Engine, *, size: int, niceness: int = 0) -> None:
        self._engine = engine
        self._niceness = niceness
        self._jobs: SimpleQueue[Callable[[Connection | None], Connection | None] | None]
        self._jobs = SimpleQueue()
        self._closed = False
        self._threads = [
            Thread(target=self._work, name="database", daemon=True) for _ in range(size)
        ]
        for thread in self._threads:
            thread.start()

    def start(self, job: Callable[[Connection], T]) -> Pending[T]:
        """Call *job* with a connection, which it must not keep.

        A transaction that *job* left open is rolled back if it raises. After closing,
        every outcome is `BackendUnavailable`.
        """
        outcome: Pending[T] = Pending(loop=asyncio.get_running_loop())
        if self._closed:
            outcome.set_exception(BackendUnavailable())
        else:
            self._jobs.put(partial(self._do, job, outcome))
        return outcome

    async def aclose(self) -> None:
        """Close the connections, once the jobs that were started are done."""
        self._closed = True
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            await asyncio.to_thread(thread.join)

    def _work(self) -> None:
        if self._niceness:
            _yield_processor(self._niceness)
        connection: Connection | None = None
        while job := self._jobs.get():
            connection = job(connection)
        if connection:
            _discard(connection)

    def _do(
        self,
        job: Callable[[Connection], T],
        outcome: Pending[T],
        connection: Connection | None,
    ) -> Connection | None:
        """Do one job; return the connection for the next one."""
        try:
            connection = connection or self._engine.connect()
            result = job(connection)
        except BaseException as error:  # noqa: BLE001 - the waiting caller gets it
            # A new connection is in a known state, after any error of this one.
            if connection:
                _discard(connection)
            _deliver(outcome, outcome.set_exception, error)
            return None
        _deliver(outcome, outcome.set_result, result)
        return connection


def _deliver(outcome: Pending[T], setting: Callable[[S], None], value: S) -> None:
    # A closed loop has no task left that waits.
    with suppress(RuntimeError):
        outcome.get_loop().call_soon_threadsafe(setting, value)


def _discard(connection: Connection) -> None:
    # Closing the driver's connection rolls back, without another statement.
    connection.invalidate()
    connection.close()


def _yield_processor(niceness: int) -> None:
    """Give this thread a lower priority, where the system has priorities of threads.

    `sched(7)`, "The nice value": on Linux it is the thread's, elsewhere the process's.
    """
    if sys.platform == "linux":
        thread = get_native_id()
        before = os.getpriority(os.PRIO_PROCESS, thread)
        os.setpriority(os.PRIO_PROCESS, thread, before + niceness)
