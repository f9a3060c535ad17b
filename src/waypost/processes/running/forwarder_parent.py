"""The edge's side of its forwarder: start it, restart it, read its reports, stop it.

While it is not there, the journal grows and nothing is lost.
"""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import msgspec
import structlog

from waypost.config import Settings
from waypost.domain.clicks import JournalPosition
from waypost.domain.errors import BackendUnavailable
from waypost.processes.running.restarting import keep_running
from waypost.services.clicks.forward import Forwarded
from waypost.telemetry.metrics import Metrics

DRAIN_SECONDS = 5.0
"""How long the last clicks may take once the forwarder has the signal to stop."""
STOP_SECONDS = DRAIN_SECONDS + 3.0
"""How long it may take to stop before it is killed, which loses nothing."""

Release = Callable[[JournalPosition], Awaitable[None]]
"""Lets go of what lies before a position. Raises BackendUnavailable."""

_log = structlog.get_logger()
_decode = msgspec.json.Decoder(Forwarded).decode


@asynccontextmanager
async def forwarding(
    settings: Settings, *, release: Release, metrics: Metrics
) -> AsyncIterator["ForwarderChild"]:
    """Forward the journal of *settings* meanwhile, and the rest at the end.

    *release* is called with the position of the forwarder, at least every second.
    """
    child = ForwarderChild(settings, release=release, metrics=metrics)
    keeping = asyncio.create_task(child.keep())
    try:
        yield child
    finally:
        child.stop()
        await keeping


class ForwarderChild:
    """Keeps one forwarder running."""

    def __init__(
        self, settings: Settings, *, release: Release, metrics: Metrics
    ) -> None:
        self._settings = settings
        self._release = release
        self._metrics = metrics
        self._stopping = asyncio.Event()
        self._is_ready = asyncio.Event()
        self.pid: int | None = None
        """The process id; None while there is none."""

    def stop(self) -> None:
        """Make `keep` stop the forwarder, which gets a few seconds to finish."""
        self._stopping.set()

    async def keep(self) -> None:
        """Run the forwarder, again whenever it ends, until `stop`."""
        has_finished = await keep_running(
            self._run_once, stopping=self._stopping, on_end=self._note_end
        )
        if not has_finished:
            # The clicks that it left when it ended, and those since then.
            await self._run_once()

    def _note_end(self, code: int | None, seconds: float) -> None:
        self._metrics.forwarder_restarts.inc()
        _log.error("forwarder.ended", code=code, again_in=seconds)

    async def _run_once(self) -> int | None:
        """Run the forwarder until it ends; return its code. None: it did not start."""
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "waypost.processes.forwarder"),
                stdin=PIPE,
                stdout=PIPE,
                # Ctrl-C in a terminal goes to all of its processes: we pass it on.
                start_new_session=True,
            )
        except OSError as error:
            _log.error("forwarder.not_started", reason=error.strerror)
            return None
        self.pid = process.pid
        self._is_ready.clear()
        listening = asyncio.create_task(self._attend(process))
        try:
            return await self._until_it_ends(process)
        finally:
            if process.returncode is None:
                process.kill()
            await listening
            await process.wait()
            self.pid = None

    async def _until_it_ends(self, process: Process) -> int:
        ended = asyncio.create_task(process.wait())
        stopping = asyncio.create_task(self._stopping.wait())
        try:
            await asyncio.wait({ended, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not ended.done():
                await self._terminate(process, ended)
            return await ended
        finally:
            stopping.cancel()
            ended.cancel()

    async def _terminate(self, process: Process, ended: asyncio.Task[int]) -> None:
        """Have it finish; a signal while it starts would end it with nothing done."""
        with suppress(TimeoutError):
            async with asyncio.timeout(STOP_SECONDS):
                await self._is_ready.wait()
                with suppress(ProcessLookupError):
                    process.terminate()
                await asyncio.wait({ended})
                return
        _log.warning("forwarder.killed", seconds=STOP_SECONDS)
        with suppress(ProcessLookupError):
            process.kill()

    async def _attend(self, process: Process) -> None:
        """Give the forwarder its settings, and read its reports until it ends."""
        assert process.stdin is not None, "it was started with a pipe"
        assert process.stdout is not None, "it was started with a pipe"
        with suppress(OSError):  # it has ended already
            process.stdin.write(self._settings.model_dump_json().encode() + b"\n")
            await process.stdin.drain()
        while line := await process.stdout.readline():
            self._is_ready.set()
            try:
                await self._note(_decode(line))
            except ValueError:  # a line that was cut off when it was killed
                continue
        self._is_ready.set()
        process.stdin.close()

    async def _note(self, forwarded: Forwarded) -> None:
        metrics = self._metrics
        metrics.forward_lag_seconds.set(forwarded.lag_seconds)
        if forwarded.failed:
            metrics.forward_failures.inc()
        if forwarded.clicks:
            metrics.clicks_forwarded.labels(forwarded.route).inc(forwarded.clicks)
        if forwarded.damaged:
            metrics.records_damaged.inc(forwarded.damaged)
        if forwarded.position is not None:
            await self._release_before(forwarded.position)

    async def _release_before(self, position: JournalPosition) -> None:
        try:
            await self._release(position)
        except BackendUnavailable as error:
            kind = type(error.__cause__ or error).__name__
            _log.warning("forwarder.not_released", kind=kind)
