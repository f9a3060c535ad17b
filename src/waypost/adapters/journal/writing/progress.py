"""How far each reader of a journal's folder is, as the process that writes knows it."""

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from time import monotonic
from typing import Final

import structlog

from waypost.adapters.journal.files.segments import Segment, unread_bytes
from waypost.domain.clicks import START, JournalPosition
from waypost.telemetry.metrics import Metrics

STALLED_SECONDS: Final = 90.0
"""How long a reader stands still before it is called stalled. Longer than the longest
`INGESTION_FLUSH_INTERVAL_SECONDS`."""

_log = structlog.get_logger()


class ReaderProgress:
    """The positions of a folder's readers, each of which says itself how far it is.

    *sizes* returns the segments with their length in bytes.
    """

    def __init__(
        self,
        readers: Sequence[str],
        *,
        sizes: Callable[[], Iterable[tuple[Segment, int]]],
        metrics: Metrics,
    ) -> None:
        assert readers, "without a reader clicks are not counted"
        self.first = readers[0]
        """By which clicks are counted: it is never left behind."""
        self._sizes = sizes
        # A reader may need everything until it says where it is.
        self._positions = dict.fromkeys(readers, START)
        self._furthest = dict.fromkeys(readers, START)
        self._moved = dict.fromkeys(readers, monotonic())
        self._skipped = metrics.journal_skipped_bytes
        for reader in readers:
            unread = metrics.journal_unread_bytes.labels(reader)
            unread.set_function(partial(self.unread, reader))
            stalled = metrics.journal_reader_stalled_seconds.labels(reader)
            stalled.set_function(partial(self.stalled_seconds, reader))
            self._skipped.labels(reader)

    def __getitem__(self, reader: str) -> JournalPosition:
        """Return up to where *reader* has read."""
        return self._positions[reader]

    @property
    def slowest(self) -> JournalPosition:
        """Up to where every reader has read."""
        return min(self._positions.values())

    def move(self, reader: str, position: JournalPosition) -> None:
        """Note that *reader* needs nothing before *position*."""
        assert reader in self._positions, f"{reader} is not a reader of this journal"
        self._positions[reader] = position
        # One that reads the same again and again does not get on.
        if position > self._furthest[reader] or not self.unread(reader):
            self._moved[reader] = monotonic()
            self._furthest[reader] = position

    def unread(self, reader: str) -> int:
        """Return how many bytes of clicks *reader* has not read."""
        return unread_bytes(self._positions[reader], self._sizes())

    def stalled_seconds(self, reader: str) -> float:
        """Return for how long *reader* has not moved; 0: it has nothing to read."""
        if self.unread(reader):
            return monotonic() - self._moved[reader]
        # It need not say so: what it writes to may be away meanwhile.
        self._moved[reader] = monotonic()
        return 0.0

    def stalled(self) -> list[str]:
        """Return the readers that stand still although there is something to read."""
        return [
            reader
            for reader, moved in self._moved.items()
            # The time first: adding up thousands of segments takes milliseconds.
            if monotonic() - moved > STALLED_SECONDS
            and self.stalled_seconds(reader) > STALLED_SECONDS
        ]

    def skip(self, segment: Segment, size: int) -> None:
        """Report the readers that have not read *segment*, which is to be deleted."""
        for reader, position in self._positions.items():
            unread = unread_bytes(position, [(segment, size)])
            if unread:
                self._skipped.labels(reader).inc(unread)
                _log.error(
                    "journal.reader_left_behind",
                    reader=reader,
                    segment=segment.number,
                    unread_bytes=unread,
                )
