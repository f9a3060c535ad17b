"""Calls of the Kafka library, which block, in a thread of their own.

A daemon thread: a broker that hangs must not keep a process from ending.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from threading import Thread
from typing import TypeVar

T = TypeVar("T")


class CallThread:
    """Makes one call after another, in the order in which they were asked for."""

    def __init__(self, name: str) -> None:
        self._jobs: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._thread = Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    async def call(self, job: Callable[[], T]) -> T:
        """Return what *job* returns; raise what it raises.

        A cancelled caller stops waiting; the call itself runs to its end.
        """
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[T] = loop.create_future()

        def work() -> None:
            try:
                result = job()
            except BaseException as error:  # noqa: BLE001 - the waiting caller gets it
                _deliver(outcome, partial(outcome.set_exception, error))
            else:
                _deliver(outcome, partial(outcome.set_result, result))

        self._jobs.put(work)
        return await outcome

    def end(self) -> None:
        """End the thread after the calls that were requested."""
        self._jobs.put(None)

    def _work(self) -> None:
        while job := self._jobs.get():
            job()


def _deliver(outcome: asyncio.Future[T], setting: Callable[[], None]) -> None:
    def deliver() -> None:
        if not outcome.done():
            setting()

    # A closed loop has no task left that waits.
    with suppress(RuntimeError):
        outcome.get_loop().call_soon_threadsafe(deliver)
