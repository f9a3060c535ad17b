"""The counting side of a journal: batches of clicks from a position on.

The event loop that reads also answers redirects, so it gets a turn after every
slice. Neither source waits for clicks, and what one has read it may read again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from waypost.adapters.journal.files.damaged import keep_aside, report_damage
from waypost.adapters.journal.reading.batches import (
    BatchReader,
    Extent,
    FolderExtent,
    first_position,
)
from waypost.adapters.journal.reading.inspect import require_segments
from waypost.adapters.journal.writing.writer import ClickJournal
from waypost.domain.clicks import START, JournalPosition
from waypost.domain.errors import BackendUnavailable
from waypost.ports.journal import COUNTS, ClickBatch, ClickSums, DamagedRecord
from waypost.telemetry.metrics import Metrics
from waypost.wire.journal_record import decode_head

_SLICE_CLICKS = 100
"""Clicks decoded in one turn of the event loop, which takes about 0.1 ms."""


class JournalSource:
    """The clicks of the folder that this process writes to; a `ClickSource`."""

    def __init__(self, journal: ClickJournal, *, metrics: Metrics) -> None:
        self._journal = journal
        self._folder = journal.folder.path
        self._metrics = metrics

    async def begin(
        self, positions: Callable[[str], Awaitable[JournalPosition | None]]
    ) -> JournalPosition | None:
        """Return where reading begins, by the position of the oldest journal."""
        return await first_position(self._journal, positions)

    def take(self, position: JournalPosition | None) -> ClickSums | None:
        """Return the sums of the clicks from *position* on, if they are in memory."""
        return self._journal.tail.take(position, last=self._journal.last)

    async def read(self, position: JournalPosition | None, *, limit: int) -> ClickBatch:
        """Return up to *limit* committed clicks from *position* on.

        Raises:
            BackendUnavailable: The disk refuses.
        """
        journal = self._journal
        batch = await _read(journal, position, limit=limit, whole=True)
        if batch.position == journal.position:
            journal.tail.start(batch.position, last=journal.last)
        return batch

    async def set_aside(self, damaged: DamagedRecord) -> None:
        """Keep bytes that could not be read in the folder `damaged`.

        Raises:
            BackendUnavailable: The disk refuses.
        """
        try:
            await asyncio.to_thread(keep_aside, self._folder, damaged)
        except OSError as error:
            raise BackendUnavailable from error
        report_damage(damaged, metrics=self._metrics)

    async def release(self, position: JournalPosition) -> None:
        """Delete the segments before *position* that no other reader needs.

        Raises:
            BackendUnavailable: The disk refuses.
        """
        await self._journal.release(position, reader=COUNTS)


class FolderSource:
    """The clicks of any journal folder, which is only read; a `ClickSource`.

    It may be a backup, or the folder of a server that is running.
    """

    def __init__(self, folder: Path, *, metrics: Metrics) -> None:
        """Check that there are clicks.

        Raises:
            JournalError: The folder holds no journal.
        """
        self._extent = FolderExtent(folder)
        self._metrics = metrics
        require_segments(folder)

    async def begin(
        self, positions: Callable[[str], Awaitable[JournalPosition | None]]
    ) -> JournalPosition | None:
        """Return where reading begins, by the position of the oldest journal.

        Raises:
            BackendUnavailable: The disk refuses.
        """
        return await first_position(self._extent, positions)

    def take(self, position: JournalPosition | None) -> ClickSums | None:
        """Return None: nothing is held in memory."""

    async def read(self, position: JournalPosition | None, *, limit: int) -> ClickBatch:
        """Return up to *limit* clicks from *position* on, up to a torn tail.

        Raises:
            BackendUnavailable: The disk refuses.
        """
        return await _read(self._extent, position, limit=limit, whole=False)

    async def set_aside(self, damaged: DamagedRecord) -> None:
        """Report the damage; nothing is deleted here, so nothing need be kept."""
        report_damage(damaged, metrics=self._metrics)

    async def release(self, position: JournalPosition) -> None:
        """Delete nothing: the folder of another process is only read."""


async def _read(
    extent: Extent,
    position: JournalPosition | None,
    *,
    limit: int,
    whole: bool,
) -> ClickBatch:
    reader = BatchReader(
        extent, whole=whole, decode=decode_head, slice_records=_SLICE_CLICKS
    )
    return ClickBatch(*await reader.read(position or START, limit=limit))
