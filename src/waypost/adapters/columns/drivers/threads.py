"""Jobs with a connection, done in threads and awaited by asyncio."""

import asyncio
import math
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from queue import Empty, SimpleQueue
from typing import TypeVar

import structlog

from waypost.adapters.columns.drivers.connection import Connection, check_deadline
from waypost.domain.errors import BackendUnavailable, DatabaseUnusable
from waypost.telemetry.background import consume_exception
from waypost.telemetry.log_throttle import LogThrottle

T = TypeVar("T")
log = structlog.get_logger()

_SILENCE_SECONDS = 10.0
"""How long an error is not logged again."""


class ConnectionThreads:
    """Up to *size* jobs at a time; with one, they are done in their order.

    Connections are opened when first needed, and kept until a job fails.
    """

    def __init__(self, connect: Callable[[], Connection], *, size: int) -> None:
        self._connect = connect
        self._idle: SimpleQueue[Connection] = SimpleQueue()
        self._pool = ThreadPoolExecutor(size, thread_name_prefix="clicks")
        self._throttle = LogThrottle(seconds=_SILENCE_SECONDS)
        self._is_closed = False

    async def run(
        self, job: Callable[[Connection], T], *, within: float = math.inf
    ) -> T:
        """Return what *job* does with a connection, which it must not keep.

        Where it takes more than *within* seconds it ends at its next statement. A
        caller that is cancelled does not wait for the end.

        Raises:
            BackendUnavailable: The database does not do it, or not in time.
        """
        if self._is_closed:
            raise BackendUnavailable
        loop = asyncio.get_running_loop()
        deadline = time.monotonic() + within
        doing = loop.run_in_executor(self._pool, self._do, job, deadline)
        doing.add_done_callback(consume_exception)
        try:
            return await asyncio.shield(doing)
        except BackendUnavailable as error:
            self._report(error)
            raise

    async def aclose(self) -> None:
        """Close the connections, once the jobs that were started are done."""
        self._is_closed = True
        # In a thread, because a connection may have an event loop of its own.
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._pool.shutdown()
        with suppress(Empty):
            while True:
                self._idle.get_nowait().close()

    def _do(self, job: Callable[[Connection], T], deadline: float) -> T:
        check_deadline(deadline)
        connection = self._take()
        connection.deadline = deadline
        try:
            result = job(connection)
        except BaseException:
            # A new connection is in a known state, after any error of this one.
            connection.close()
            raise
        self._idle.put(connection)
        return result

    def _take(self) -> Connection:
        with suppress(Empty):
            return self._idle.get_nowait()
        return self._connect()

    def _report(self, error: BackendUnavailable) -> None:
        cause = error.__cause__ or error
        name = type(cause).__name__
        if not self._throttle.allows(name):
            return
        fields = {"error": name, "reason": _reason(cause)}
        if isinstance(error, DatabaseUnusable):
            log.error("clicks.failed", **fields, code=error.code, advice=error.advice)
        else:
            log.warning("clicks.failed", **fields)


def _reason(error: BaseException) -> str:
    state = getattr(error, "sqlstate", None) or ""
    # The text of errors of these classes may quote what a client has sent.
    if state.startswith(("22", "23")):
        return f"SQLSTATE {state}"
    return str(error) or "no answer in time"
