"""The newest clicks of a journal, kept in memory until they have been read.

Counting would otherwise read back and decode what this process has just written,
which costs a tenth of a redirect. The disk stays the truth: whatever is not here,
after a start or a failure, is read from there.
"""

from collections import deque
from typing import NamedTuple

from waypost.ports.clicks import ClickBatch, RecordedClick
from waypost.ports.storage import JournalPosition

MAX_CLICKS = 100_000
"""How many clicks are kept at most, about 20 MB; while more of them wait for a
database that cannot be written, they are left to the disk."""


class _Commit(NamedTuple):
    """The clicks of one commit, and where they end."""

    clicks: list[RecordedClick]
    end: JournalPosition


class Tail:
    """Holds the clicks from `begin` on; begun by a reader that is up to date."""

    def __init__(self) -> None:
        self.begin: JournalPosition | None = None
        """Where the clicks begin; None: nothing is held, and nothing is added."""
        self._commits: deque[_Commit] = deque()
        self._length = 0

    def start(self, position: JournalPosition) -> None:
        """Hold the clicks that are added from now on, which begin at *position*."""
        self._drop()
        self.begin = position

    def add(self, clicks: list[RecordedClick], end: JournalPosition) -> None:
        """Take the *clicks* of one commit, which end at *end*."""
        if self.begin is None:
            return
        self._commits.append(_Commit(clicks, end))
        self._length += len(clicks)
        if self._length > MAX_CLICKS:
            self._drop()

    def take(
        self, position: JournalPosition | None, *, limit: int
    ) -> ClickBatch | None:
        """Return whole commits from *position* on, up to *limit* clicks together.

        They are held no longer. None: they are to be read from the disk.
        """
        if position is None or position != self.begin or not self._commits:
            return None
        clicks: list[RecordedClick] = []
        while self._commits and len(clicks) + len(self._commits[0].clicks) <= limit:
            commit = self._commits.popleft()
            clicks += commit.clicks
            self.begin = commit.end
        self._length -= len(clicks)
        if not clicks:
            self._drop()
            return None
        return ClickBatch(clicks, [], self.begin)

    def _drop(self) -> None:
        self._commits.clear()
        self._length = 0
        self.begin = None
