"""What a child that reads the edge's journal has in common with the others.

    edge ── settings, then silence ──▶ stdin    the end of it: the edge is gone
    edge ◀── one JSON line per batch ── stdout  the first one: ready to be stopped

A process of its own, because the edge's event loop must not share its interpreter.
"""

import asyncio
import os
import sys
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from typing import Final, Protocol, TypeAlias

import msgspec
import structlog

from waypost.config import Settings, load_settings
from waypost.domain.errors import BackendUnavailable, Unusable
from waypost.processes.running.freed_memory import return_freed_memory
from waypost.processes.running.garbage import look_for_garbage_rarely
from waypost.processes.running.logs import configure_logs
from waypost.processes.running.niceness import yield_processor
from waypost.processes.running.signals import on_signal

DRAIN_SECONDS: Final = 5.0
"""How long the last clicks may take once a child has the signal to stop."""

NICENESS: Final = 10
"""Redirects come first: a machine that is too busy for both reads later, but a tenth
as much as it could, so that the journal does not grow for ever."""


_log = structlog.get_logger()


class ReadLoop(Protocol):
    """The work of a child."""

    def stop(self) -> None:
        """Make `run` return once it has found nothing more, or has failed."""
        ...

    async def run(self) -> None:
        """Read, until `stop`."""
        ...


Report: TypeAlias = Callable[[msgspec.Struct], None]
"""Gives the parent a report."""

Opening: TypeAlias = Callable[[Settings, Report], AbstractAsyncContextManager[ReadLoop]]
"""Opens what a child does, over its backends."""


def settings_of_parent() -> Settings:
    """Return the settings in the first line of standard input."""
    return load_settings(**msgspec.json.decode(sys.stdin.buffer.readline()))


def run(settings: Settings, opening: Opening, *, first: msgspec.Struct) -> None:
    """Do what *opening* opens until a signal comes, or until standard input ends.

    *first* is the report that says that signals are handled from here on.

    Ends with 1 if it cannot be opened.
    """
    configure_logs(settings)
    look_for_garbage_rarely()
    return_freed_memory()
    try:
        with suppress(asyncio.CancelledError):
            asyncio.run(_run(settings, opening, first))
    except (OSError, BackendUnavailable, Unusable) as error:
        # The parent starts it again; a traceback says no more than this.
        kind = type(error.__cause__ or error).__name__
        _log.error("reader.not_opened", kind=kind, reason=str(error)[:300])
        sys.exit(1)


async def _run(settings: Settings, opening: Opening, first: msgspec.Struct) -> None:
    loop = asyncio.get_running_loop()
    this = asyncio.current_task()
    assert this is not None, "a coroutine runs in a task"
    await loop.connect_read_pipe(lambda: _Parent(on_gone=this.cancel), sys.stdin)
    on_signal(this.cancel)
    report = _Output(this.cancel)
    # From here on a signal is handled; before, it would end Python itself.
    report(first)
    async with opening(settings, report) as work:
        # Not before: beside busy processes, a start would take minutes.
        yield_processor(NICENESS, pid=os.getpid())

        def drain() -> None:
            work.stop()
            loop.call_later(DRAIN_SECONDS, this.cancel)

        on_signal(drain)
        await work.run()


class _Parent(asyncio.Protocol):
    """Notices that the other end of standard input is closed."""

    def __init__(self, *, on_gone: Callable[[], object]) -> None:
        self._on_gone = on_gone

    def connection_lost(self, exc: Exception | None) -> None:
        """Note that the parent is gone."""
        del exc
        self._on_gone()


class _Output:
    """Writes reports to standard output, a line each."""

    def __init__(self, on_gone: Callable[[], object]) -> None:
        self._on_gone = on_gone

    def __call__(self, report: msgspec.Struct) -> None:
        """Write *report*."""
        try:
            sys.stdout.buffer.write(msgspec.json.encode(report) + b"\n")
            sys.stdout.buffer.flush()
        except BrokenPipeError:
            self._on_gone()
