"""Whole clicks of a journal folder that another process writes to."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from waypost.adapters.journal.files.damaged import keep_aside, report_damage
from waypost.adapters.journal.reading.batches import (
    BatchReader,
    FolderExtent,
    first_position,
)
from waypost.domain.clicks import START, JournaledClick, JournalPosition
from waypost.domain.errors import BackendUnavailable
from waypost.ports.journal import DamagedRecord, JournaledBatch
from waypost.telemetry.metrics import Metrics
from waypost.wire.journal_record import decode_whole

_SLICE_CLICKS = 1_000
"""Clicks decoded in one turn of the event loop, which takes about 5 ms. No redirect
waits for it: another process answers them."""


class JournalFollower:
    """The clicks of a folder that another process writes to; a `JournalFeed`."""

    def __init__(self, folder: Path, *, metrics: Metrics) -> None:
        self._extent = FolderExtent(folder)
        self._metrics = metrics

    async def begin(
        self, positions: Callable[[str], Awaitable[JournalPosition | None]]
    ) -> JournalPosition | None:
        """Return where reading begins, by the position of the oldest journal.

        Raises:
            BackendUnavailable: The disk refuses.
        """
        return await first_position(self._extent, positions)

    async def read(
        self, position: JournalPosition | None, *, limit: int
    ) -> JournaledBatch:
        """Return up to *limit* clicks from *position* on, up to a torn tail.

        Raises:
            BackendUnavailable: The disk refuses.
        """
        reader = BatchReader(
            self._extent,
            whole=False,
            decode=decode_whole,
            slice_records=_SLICE_CLICKS,
        )
        found = await reader.read(position or START, limit=limit)
        clicks = [JournaledClick(found.journal, *record) for record in found.records]
        return JournaledBatch(
            found.journal, clicks, found.damaged, found.position, found.more
        )

    async def set_aside(self, damaged: DamagedRecord) -> None:
        """Keep bytes that could not be read in the folder `damaged`.

        Raises:
            BackendUnavailable: The disk refuses.
        """
        try:
            await asyncio.to_thread(keep_aside, self._extent.folder, damaged)
        except OSError as error:
            raise BackendUnavailable from error
        report_damage(damaged, metrics=self._metrics)
