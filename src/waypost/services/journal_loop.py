"""Reading a journal batch by batch for as long as a process lives, and reporting it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final, Generic, Protocol, TypeVar

from waypost.domain.clicks import JournalPosition
from waypost.domain.errors import BackendUnavailable
from waypost.services.rounds import Rounds

HEARTBEAT_SECONDS: Final = 1.0
"""How often the position is reported although nothing has happened."""


class Progress(Protocol):
    """What came of one batch."""

    @property
    def position(self) -> JournalPosition | None:
        """Where the next batch begins; None: nothing was read yet."""
        ...

    @property
    def more(self) -> bool:
        """Whether the journal is known to hold more."""
        ...


_Done = TypeVar("_Done", bound=Progress)


class JournalLoop(Generic[_Done]):
    """Does one step after the other, each from where the last one ended."""

    def __init__(  # what to do, and what gets the results
        self,
        event: str,
        *,
        step: Callable[[JournalPosition | None], Awaitable[_Done]],
        failed: Callable[[JournalPosition | None, float], _Done],
        report: Callable[[_Done], None],
        interval: float,
    ) -> None:
        """Look for clicks every *interval* seconds; a failure is logged as *event*.

        *report* gets what a step returns, or after a failure what *failed* makes of
        the position and the seconds since the first failure in a row.
        """
        self._step = step
        self._failed = failed
        self._report = report
        self._interval = interval
        self._position: JournalPosition | None = None
        self._failing_since: float | None = None
        self._reported_at = 0.0
        self._rounds = Rounds(
            event, interval=interval, expected=(BackendUnavailable, OSError)
        )

    def stop(self) -> None:
        """Make `run` return once it has found nothing more, or has failed."""
        self._rounds.stop()

    async def run(self, position: JournalPosition | None) -> None:
        """Read from *position* on (None: from the oldest click), until `stop`."""
        self._position = position
        await self._rounds.run(self._round)

    async def _round(self) -> float:
        """Read all clicks, batch by batch."""
        more = True
        while more:
            began = _now()
            try:
                more = await self._batch()
            except Exception:
                self._report_failure()
                raise
            # A backlog that is read with interruptions is not an outage.
            self._rounds.progressed()
        # From one look to the next: clicks came while these were worked on.
        return max(0.0, self._interval - (_now() - began))

    async def _batch(self) -> bool:
        """Do one step, report any news; return whether there is more."""
        done = await self._step(self._position)
        self._failing_since = None
        moved = done.position != self._position
        self._position = done.position
        now = _now()
        if moved or now >= self._reported_at + HEARTBEAT_SECONDS:
            self._reported_at = now
            self._report(done)
        return done.more

    def _report_failure(self) -> None:
        now = _now()
        if self._failing_since is None:
            self._failing_since = now
        self._reported_at = now
        self._report(self._failed(self._position, now - self._failing_since))


def _now() -> float:
    """Return the seconds of the event loop's clock."""
    return asyncio.get_running_loop().time()
