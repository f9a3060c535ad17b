"""The forwarder: a child of the edge that ships its journal to the bus.

    edge ── settings, then silence ──▶ stdin    the end of it: the edge is gone
    edge ◀── one JSON line per batch ── stdout  `services.clicks.forward.Forwarded`; the
                                                first one: ready to be stopped

A process of its own, because the edge's event loop must not share its interpreter.
`processes/running/forwarder_parent.py` starts it; it is not for people.
"""

import asyncio
import gc
import os
import sys
from collections.abc import Callable
from contextlib import suppress

import msgspec

from waypost.config import Settings, load_settings
from waypost.processes.running.forwarder_parent import DRAIN_SECONDS
from waypost.processes.running.logs import configure_logs
from waypost.processes.running.niceness import yield_processor
from waypost.processes.running.signals import on_signal
from waypost.services.clicks.forward import Forwarded
from waypost.wiring.programs.forwarder import open_forwarder

NICENESS = 10
"""Redirects come first: a machine that is too busy for both forwards later, but a tenth
as much as it could, so that the journal does not grow for ever."""

GARBAGE_THRESHOLDS = (100_000, 20, 50)
"""When to look for cyclic garbage. Clicks are none; with Python's own thresholds,
looking at a batch again and again takes a quarter of the work."""


def main() -> None:
    """Forward with the settings in the first line of standard input."""
    run(load_settings(**msgspec.json.decode(sys.stdin.buffer.readline())))


def run(settings: Settings) -> None:
    """Forward until a signal comes, or until standard input ends.

    Raises:
        OSError: The disk refuses, or there is no journal.
    """
    configure_logs(settings)
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    with suppress(asyncio.CancelledError):
        asyncio.run(_forward(settings))


async def _forward(settings: Settings) -> None:
    loop = asyncio.get_running_loop()
    this = asyncio.current_task()
    assert this is not None, "a coroutine runs in a task"
    await loop.connect_read_pipe(lambda: _Parent(on_gone=this.cancel), sys.stdin)
    on_signal(this.cancel)
    report = _Report(this.cancel)
    # From here on a signal is handled; before, it would end Python itself.
    report(Forwarded(position=None, lag_seconds=0.0))
    async with open_forwarder(settings, report=report) as forwarder:
        # Not before: beside busy processes, a start would take minutes.
        yield_processor(NICENESS, pid=os.getpid())

        def drain() -> None:
            forwarder.stop()
            loop.call_later(DRAIN_SECONDS, this.cancel)

        on_signal(drain)
        await forwarder.run()


class _Parent(asyncio.Protocol):
    """Notices that the other end of standard input is closed."""

    def __init__(self, *, on_gone: Callable[[], object]) -> None:
        self._on_gone = on_gone

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the parent is gone."""
        del exc
        self._on_gone()


class _Report:
    """Writes reports to standard output, a line each."""

    def __init__(self, on_gone: Callable[[], object]) -> None:
        self._on_gone = on_gone

    def __call__(self, forwarded: Forwarded) -> None:
        """Write *forwarded*."""
        try:
            sys.stdout.buffer.write(msgspec.json.encode(forwarded) + b"\n")
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            self._on_gone()


if __name__ == "__main__":
    main()
