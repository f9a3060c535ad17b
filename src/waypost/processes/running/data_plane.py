"""Serve requests, and run the tasks beside them: counting, forwarding."""

import asyncio
import gc
import sys
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import partial
from typing import TypeAlias

import structlog
import uvloop

from waypost.config import Settings
from waypost.domain.clicks import JournalPosition
from waypost.edge.fast.protocol import edge_protocol
from waypost.ports.journal import BUS, ROWS
from waypost.processes.running.freed_memory import return_freed_memory
from waypost.processes.running.greeting import is_terminal, show_access, show_address
from waypost.processes.running.listener import Server, listen, server_config
from waypost.processes.running.logs import configure_logs
from waypost.processes.running.readers.forwarding import forwarding
from waypost.processes.running.readers.storing import storing
from waypost.services.clicks.journal_counter import JournalCounter
from waypost.wiring.parts.backends import Backends, open_backends
from waypost.wiring.program import FirstKey, Program, Task
from waypost.wiring.topology import topology_of

STOP_SECONDS = 5
"""How long requests in progress, and then the last clicks' counting, may take once the
server has the signal to stop."""

SWITCH_SECONDS = 0.00005
"""How long the event loop and the database's thread wait for each other at most, while
the other one computes. Python's own 5 ms are longer than most of their work: creates
gain 15 % with a tenth of it, and with a hundredth visitors wait less for counting
while the machine is busy."""

GARBAGE_THRESHOLDS = (5_000, 20, 50)
"""When to look for cyclic garbage. Requests make little of it, and looking costs
creates 8 % with Python's own thresholds."""

Opening: TypeAlias = Callable[
    [Settings, Backends], AbstractAsyncContextManager[Program]
]
"""Opens what a process serves, over its backends."""

_log = structlog.get_logger()


def run(settings: Settings, opening: Opening) -> None:
    """Serve what *opening* opens, until a signal comes.

    Raises:
        CannotListenError: The port cannot be had.
        SettingsError: The settings contradict each other.
        JournalError: The click journal cannot be used, or another process uses it.
        BackendUnavailable: The database cannot be opened.
    """
    configure_logs(settings)
    return_freed_memory()
    sys.setswitchinterval(SWITCH_SECONDS)
    uvloop.run(_serve(settings, opening))


async def _serve(settings: Settings, opening: Opening) -> None:
    with listen(settings.HOST, settings.PORT) as listener:
        async with (
            open_backends(settings) as backends,
            _clicks(settings, backends),
            _running(backends.watch.run),
            opening(settings, backends) as program,
            _beside(program),
        ):
            server = _server(program, settings, await _first_key(program))
            await server.serve(sockets=[listener])
    _log.info("server.stopped")


@asynccontextmanager
async def _clicks(settings: Settings, backends: Backends) -> AsyncIterator[None]:
    """Count or forward clicks meanwhile, and those of the last moment at the end."""
    if backends.counting is not None:
        async with _storing(settings, backends), _counting(backends.counting):
            yield
    else:
        async with _forwarding(settings, backends):
            yield


@asynccontextmanager
async def _forwarding(settings: Settings, backends: Backends) -> AsyncIterator[None]:
    """Forward the journal meanwhile, and state how far it is on the bus."""
    journal, heads = backends.journal, backends.heads
    assert heads is not None, "forwarded clicks are counted by other processes"

    async def release(position: JournalPosition) -> None:
        heads.forwarded(position)
        await journal.release(position, reader=BUS)

    stating = asyncio.create_task(_kept(heads.run))
    try:
        async with forwarding(
            settings,
            release=release,
            metrics=backends.metrics,
            release_followed=partial(journal.release, reader=ROWS)
            if topology_of(settings).has_reports
            else None,
        ):
            yield
            journal.commit()
    finally:
        await _cancel([stating])
        await heads.end()


@asynccontextmanager
async def _storing(settings: Settings, backends: Backends) -> AsyncIterator[None]:
    """Store clicks for reports meanwhile, if they are kept."""
    if not topology_of(settings).has_reports:
        yield
        return
    release = partial(backends.journal.release, reader=ROWS)
    async with storing(settings, release=release, metrics=backends.metrics):
        yield
        backends.journal.commit()


@asynccontextmanager
async def _counting(ingest: JournalCounter) -> AsyncIterator[None]:
    task = asyncio.create_task(_kept(ingest.run))
    try:
        yield
    finally:
        await _cancel([task])
        await ingest.drain(within=STOP_SECONDS)


@asynccontextmanager
async def _beside(program: Program) -> AsyncIterator[None]:
    """Run the tasks of *served* meanwhile; at the end, finish what was begun."""
    async with _running(*program.tasks):
        try:
            yield
        finally:
            for ending in program.endings:
                await ending()


@asynccontextmanager
async def _running(*tasks: Task) -> AsyncIterator[None]:
    running = [asyncio.create_task(_kept(task)) for task in tasks]
    try:
        yield
    finally:
        await _cancel(running)


async def _kept(task: Task) -> None:
    """Log at once that a task has ended that should not."""
    try:
        await task()
    except Exception:
        _log.exception("server.task_failed")
        raise


async def _cancel(tasks: Iterable[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError, Exception):
            await task


async def _first_key(program: Program) -> FirstKey | None:
    """Make the first key where a person sees it; a service would lose it."""
    if program.make_first_key is None or not is_terminal():
        return None
    return await program.make_first_key()


def _server(program: Program, settings: Settings, first: FirstKey | None) -> Server:
    config = server_config(
        program.app,
        stop_seconds=STOP_SECONDS,
        http=edge_protocol(program.options),
    )
    return Server(
        config,
        on_ready=lambda: _report_ready(program, settings, first),
        on_stopping=program.readiness.end,
    )


def _report_ready(program: Program, settings: Settings, first: FirstKey | None) -> None:
    program.readiness.begin()
    # Objects of the start stay: the garbage collector need not visit them again.
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GARBAGE_THRESHOLDS)
    _log.info(
        "server.ready",
        base=settings.base_url,
        listening=f"{settings.HOST}:{settings.PORT}",
        data_dir=str(settings.DATA_DIR.absolute()),
    )
    if program.make_first_key is not None and not settings.is_private:
        _log.warning("server.reachable", links_without_key=settings.is_creation_public)
    show_address(settings)
    show_access(settings, first, has_api=program.make_first_key is not None)
