"""A bus in memory whose every record is the test's own, and clicks to put on it."""

import asyncio
from collections.abc import Mapping, Sequence

from waypost.domain.clicks import lane_of
from waypost.domain.errors import BackendUnavailable
from waypost.ports.bus import BusBatch, Undecodable
from waypost.wire.click_event import BusClick


def bus_click(link_id: int, sequence: int, *, journal: str = "j") -> BusClick:
    """Return a click on the link *link_id*, whose code is `c` and this number."""
    code = f"c{link_id}"
    return BusClick(journal, lane_of(code), sequence, link_id, code, 1)


class ListBus:
    """Batches that come one after the other, and again if `done` fails."""

    def __init__(self, *batches: Sequence[BusClick | Undecodable]) -> None:
        self.waiting = [list(batch) for batch in batches]
        self._unread = list(self.waiting)
        self.done_batches: list[BusBatch] = []
        self.failures: list[Exception] = []
        self.failures_between: list[Exception] = []
        """What comes between one batch and the next."""
        self.done_failures: list[Exception] = []
        self.settled: Mapping[str, int] = {}
        """What every batch says of the places of its records."""
        self.emptied = asyncio.Event()

    async def read(self, *, limit: int, within: float) -> BusBatch:
        """Return the next batch."""
        await asyncio.sleep(0)
        if self.failures:
            raise self.failures.pop(0)
        if len(self._unread) > 1:
            self.failures += self.failures_between
        records = self._unread.pop(0) if self._unread else []
        clicks = [one for one in records if isinstance(one, BusClick)]
        return BusBatch(
            clicks=clicks,
            undecodable=[one for one in records if isinstance(one, Undecodable)],
            receipt=None,
            original=lambda index: Undecodable(
                content=b"original of %d" % clicks[index].sequence,
                reason="",
                key=clicks[index].short_code.encode(),
            ),
            settled=self.settled,
        )

    async def done(self, batch: BusBatch) -> None:
        """Forget the first batch that is not done: it is this one."""
        if self.done_failures:
            self._unread.append(self.waiting[0])
            raise self.done_failures.pop(0)
        self.done_batches.append(batch)
        del self.waiting[0]
        if not self.waiting:
            self.emptied.set()


class LetterList:
    """Dead letters in a list, in the order in which they came."""

    def __init__(self) -> None:
        self.kept: list[tuple[Undecodable, int]] = []
        self.is_away = False
        self.failures: list[Exception | None] = []
        """How the next calls fail, one after the other; None: this one does not."""

    async def put(self, records: Sequence[Undecodable], *, attempts: int) -> None:
        """Keep *records*."""
        if self.is_away:
            self.is_away = False
            raise BackendUnavailable
        failure = self.failures.pop(0) if self.failures else None
        if failure is not None:
            raise failure
        self.kept += [(record, attempts) for record in records]
