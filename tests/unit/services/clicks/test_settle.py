"""Reports wait until the clicks that this process has answered are counted."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager

import pytest

from tests.unit.edge.backends import settle as let_tasks_run
from waypost.adapters.memory.storage import MemoryStorage
from waypost.domain.clicks import LANES, lane_of
from waypost.domain.errors import BackendUnavailable
from waypost.domain.sequences import CountedSequences, SequenceRange
from waypost.ports.storage import Transaction
from waypost.services.clicks.settle import CountedElsewhere

CODE = "abc1234"
LANE = lane_of(CODE)
OTHER_LANE = (LANE + 1) % LANES


class Journal:
    """What this process has recorded: a last sequence by lane."""

    def __init__(self) -> None:
        self.sequences = [0] * LANES

    def last(self) -> Sequence[int]:
        """Return them."""
        return self.sequences


class CountingStore:
    """A store that notes how often it is asked, and may be away."""

    def __init__(self) -> None:
        self.inner = MemoryStorage()
        self.links = self.inner.links
        self.asked = 0
        self.is_away = False
        self._question = asyncio.Event()

    async def asked_again(self, times: int) -> None:
        """Return once it has been asked so many more times."""
        for _ in range(times):
            self._question.clear()
            await asyncio.wait_for(self._question.wait(), timeout=30)

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Note a question, and refuse it while away."""
        self.asked += 1
        self._question.set()
        if self.is_away:
            raise BackendUnavailable
        return self.inner.transaction()

    async def ping(self) -> None:
        """Answer."""


async def count(store: CountingStore, lane: int, last: int, first: int = 1) -> None:
    """Have the sequences from *first* to *last* of a lane counted."""
    counted = CountedSequences((SequenceRange(first, last),))
    async with store.inner.transaction() as transaction:
        await transaction.clicks.add(
            clicks={}, counted={"journal": {lane: counted}}, positions={}
        )


@pytest.fixture
def journal() -> Journal:
    """A journal without clicks."""
    return Journal()


@pytest.fixture
def store() -> CountingStore:
    """A store in which nothing is counted."""
    return CountingStore()


def elsewhere(
    store: CountingStore, journal: Journal, *, within: float = 60.0
) -> CountedElsewhere:
    """Return what is tested, over *store* and *journal*; it waits *within* seconds."""
    settlement = CountedElsewhere(journal="journal", last=journal.last, storage=store)
    settlement._within = within
    return settlement


async def test_a_lane_without_clicks_needs_no_store(
    store: CountingStore, journal: Journal
) -> None:
    """Where this process has answered nothing on a code's lane, nothing is asked."""
    journal.sequences[OTHER_LANE] = 7
    await elsewhere(store, journal).settle(CODE)
    assert store.asked == 0


async def test_returns_only_once_the_last_click_is_counted(
    store: CountingStore, journal: Journal
) -> None:
    """A report waits for the click before it, not for other clicks."""
    journal.sequences[LANE] = 7
    waiting = asyncio.create_task(elsewhere(store, journal).settle(CODE))
    await count(store, LANE, 6)
    await count(store, OTHER_LANE, 100)
    await store.asked_again(3)
    assert not waiting.done()
    await count(store, LANE, 7)
    await asyncio.wait_for(waiting, timeout=30)


async def test_clicks_after_the_question_are_not_waited_for(
    store: CountingStore, journal: Journal
) -> None:
    """A link under load gets its report all the same."""
    journal.sequences[LANE] = 7
    waiting = asyncio.create_task(elsewhere(store, journal).settle(CODE))
    await let_tasks_run()
    journal.sequences[LANE] = 9
    await count(store, LANE, 7)
    await asyncio.wait_for(waiting, timeout=30)


async def test_what_is_known_to_be_counted_is_not_asked_again(
    store: CountingStore, journal: Journal
) -> None:
    """The next report of the lane needs no store."""
    journal.sequences[LANE] = 7
    await count(store, LANE, 7)
    settlement = elsewhere(store, journal)
    await asyncio.wait_for(settlement.settle(CODE), timeout=30)
    asked = store.asked
    await settlement.settle(CODE)
    assert store.asked == asked


async def test_many_reports_share_the_questions(
    store: CountingStore, journal: Journal
) -> None:
    """However many reports wait, the store is asked by one of them at a time."""
    journal.sequences[LANE] = 7
    settlement = elsewhere(store, journal)
    await count(store, LANE, 7)
    await asyncio.gather(*(settlement.settle(CODE) for _ in range(50)))
    assert store.asked == 1


async def test_a_store_that_is_away_ends_the_wait(
    store: CountingStore, journal: Journal
) -> None:
    """While nothing is counted, a report is late and not stuck."""
    journal.sequences[LANE] = 7
    store.is_away = True
    settlement = elsewhere(store, journal, within=0.05)
    await asyncio.wait_for(settlement.settle(CODE), timeout=30)
    assert store.asked > 0


async def test_while_counting_stands_still_later_reports_hardly_wait(
    store: CountingStore, journal: Journal
) -> None:
    """After one report has waited in vain, the next ones do not wait as long."""
    journal.sequences[LANE] = 7
    settlement = elsewhere(store, journal, within=0.2)
    await settlement.settle(CODE)
    asked = store.asked
    await settlement.settle(CODE)
    assert store.asked - asked <= 3


async def test_after_a_standstill_reports_wait_again(
    store: CountingStore, journal: Journal
) -> None:
    """Once counting goes on, a report includes this process's clicks again."""
    journal.sequences[LANE] = 7
    settlement = elsewhere(store, journal, within=0.05)
    await settlement.settle(CODE)
    await count(store, LANE, 7)
    await settlement.settle(CODE)
    settlement._within = 60.0  # of the same object, whose standstill is over
    journal.sequences[LANE] = 8
    waiting = asyncio.create_task(settlement.settle(CODE))
    await store.asked_again(5)
    assert not waiting.done()
    await count(store, LANE, 8)
    await asyncio.wait_for(waiting, timeout=30)
