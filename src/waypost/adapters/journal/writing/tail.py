"""The newest clicks of a journal, added up in memory until they are counted.

Counting would otherwise read back and decode what this process has just written,
which costs a tenth of a redirect. The disk is the truth: clicks that are not here,
after a start or a failure, are read from there.
"""

from collections import Counter, deque
from collections.abc import Sequence

from waypost.domain.clicks import JournalPosition
from waypost.domain.sequences import SequenceRange
from waypost.ports.journal import ClickSums

MAX_LINKS = 20_000
"""How many links one sum spans at most: what one transaction counts."""

MAX_SUMS = 5
"""How many sums are held at most, about 10 MB; while more of them wait for a database
that cannot be written, the clicks are left to the disk."""

_FOLD_CLICKS = 256
"""Clicks that are added up together, in less than 0.1 ms."""


class Tail:
    """Adds up the clicks from `begin` on; begun by a reader that is up to date."""

    def __init__(self, journal: str) -> None:
        self._journal = journal
        self.begin: JournalPosition | None = None
        """Where the clicks begin; None: nothing is held, and nothing is added."""
        self._whole: deque[ClickSums] = deque()
        self._clicks: Counter[int] = Counter()
        self._links: list[int] = []
        self._last: Sequence[int] = ()
        self._newest_ns = 0
        self._end = JournalPosition(0, 0)

    def start(self, position: JournalPosition, *, last: Sequence[int]) -> None:
        """Hold the clicks that are committed from now on.

        They begin at *position*, and in each lane after the sequence in *last*.
        """
        self._drop()
        self.begin = self._end = position
        self._last = last

    def add(
        self,
        links: Sequence[int],
        *,
        newest_ns: int,
        end: JournalPosition,
        last: Sequence[int],
    ) -> None:
        """Take the clicks of one commit, of which each is the id of its link.

        They end at *end*, and in each lane with the sequence in *last*.
        """
        if self.begin is None:
            return
        self._links += links
        self._newest_ns = newest_ns
        self._end = end
        if len(self._links) >= _FOLD_CLICKS:
            self._fold()
            if len(self._clicks) >= MAX_LINKS:
                self._close(last)

    def take(
        self, position: JournalPosition | None, *, last: Sequence[int]
    ) -> ClickSums | None:
        """Return the oldest sums, if they begin at *position*, and hold them no longer.

        The newest clicks end in each lane with the sequence in *last*.
        None: the clicks, if there are any, are to be read from the disk.
        """
        if position is None or position != self.begin:
            return None
        if not self._whole:
            self._close(last)
        if not self._whole:
            return None
        sums = self._whole.popleft()
        self.begin = sums.position
        return sums._replace(more=self._end != sums.position)

    def _fold(self) -> None:
        self._clicks.update(self._links)
        self._links.clear()

    def _close(self, last: Sequence[int]) -> None:
        """Make sums of the newest clicks, or give all of them up to the disk."""
        self._fold()
        if not self._clicks:
            return
        if len(self._whole) >= MAX_SUMS:
            self._drop()
            return
        lanes = {
            lane: SequenceRange(before + 1, sequence)
            for lane, (before, sequence) in enumerate(
                zip(self._last, last, strict=True)
            )
            if sequence > before
        }
        self._whole.append(
            ClickSums(
                self._journal,
                self._clicks,
                lanes,
                self._newest_ns,
                self._end,
                more=False,
            )
        )
        self._clicks = Counter()
        self._last = tuple(last)

    def _drop(self) -> None:
        self._whole.clear()
        self._clicks = Counter()
        self._links.clear()
        self.begin = None
