"""The edge's side of a child that reads its journal: start, restart, reports, stop.

While it is not there, the journal grows and nothing is lost.
"""

import asyncio
import sys
from abc import ABC, abstractmethod
from asyncio.subprocess import PIPE, Process
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Final

import structlog

from waypost.config import Settings
from waypost.domain.clicks import JournalPosition
from waypost.domain.errors import BackendUnavailable
from waypost.processes.running.readers.child import DRAIN_SECONDS
from waypost.processes.running.restarting import keep_running

STOP_SECONDS: Final = DRAIN_SECONDS + 3.0
"""How long it may take to stop before it is killed, which loses nothing."""

Release = Callable[[JournalPosition], Awaitable[None]]
"""Lets go of what lies before a position. Raises BackendUnavailable."""

_log = structlog.get_logger()


class ReaderChild(ABC):
    """Keeps one child running that reads the journal of the settings."""

    def __init__(
        self, name: str, *, module: str, settings: Settings, release: Release
    ) -> None:
        """Run *module* of `waypost.processes`; *name* begins the events of its log."""
        self._name = name
        self._module = module
        self._settings = settings
        self._release = release
        self._stopping = asyncio.Event()
        self._is_ready = asyncio.Event()
        self.pid: int | None = None
        """The process id; None while there is none."""

    @abstractmethod
    async def note(self, line: bytes) -> None:
        """Take one report. Raises ValueError: it was cut off by a kill."""

    @abstractmethod
    def note_restart(self) -> None:
        """Note that the child has ended although it was not asked to."""

    def stop(self) -> None:
        """Make `keep` stop the child, which gets a few seconds to finish."""
        self._stopping.set()

    async def keep(self) -> None:
        """Run the child, again whenever it ends, until `stop`."""
        has_finished = await keep_running(
            self._run_once, stopping=self._stopping, on_end=self._note_end
        )
        if not has_finished:
            # The clicks that it left when it ended, and those since then.
            await self._run_once()

    async def release_before(
        self, position: JournalPosition | None, release: Release | None = None
    ) -> None:
        """Let go of what the child has read; None: nothing yet.

        *release* is another way to do so than that of the child.
        """
        if position is None:
            return
        try:
            await (release or self._release)(position)
        except BackendUnavailable as error:
            kind = type(error.__cause__ or error).__name__
            _log.warning(f"{self._name}.not_released", kind=kind)

    def _note_end(self, code: int | None, seconds: float) -> None:
        self.note_restart()
        _log.error(f"{self._name}.ended", code=code, again_in=seconds)

    async def _run_once(self) -> int | None:
        """Run the child until it ends; return its code. None: it did not start."""
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", f"waypost.processes.{self._module}"),
                stdin=PIPE,
                stdout=PIPE,
                # Ctrl-C in a terminal goes to all of its processes: we pass it on.
                start_new_session=True,
            )
        except OSError as error:
            _log.error(f"{self._name}.not_started", reason=error.strerror)
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
        _log.warning(f"{self._name}.killed", seconds=STOP_SECONDS)
        with suppress(ProcessLookupError):
            process.kill()

    async def _attend(self, process: Process) -> None:
        """Give the child its settings, and read its reports until it ends."""
        assert process.stdin is not None, "it was started with a pipe"
        assert process.stdout is not None, "it was started with a pipe"
        with suppress(OSError):  # it has ended already
            process.stdin.write(self._settings.model_dump_json().encode() + b"\n")
            await process.stdin.drain()
        while line := await process.stdout.readline():
            self._is_ready.set()
            try:
                await self.note(line)
            except ValueError:  # a line that was cut off when it was killed
                continue
        self._is_ready.set()
        process.stdin.close()
