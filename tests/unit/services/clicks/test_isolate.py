"""Finding the clicks that cannot be counted among those that can."""

from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager

import pytest

from tests.unit.services.clicks.bus import bus_click
from tests.unit.services.links.creating import link
from waypost.adapters.memory.storage import MemoryStorage
from waypost.domain.errors import BackendUnavailable
from waypost.domain.sequences import CountedSequences, SequenceRange
from waypost.ports.storage import Transaction
from waypost.services.clicks import isolate
from waypost.services.clicks.isolate import (
    ATTEMPTS,
    MOST_REFUSED,
    Isolated,
    count_countable,
    grouped,
)
from waypost.wire.click_event import BusClick


class PickyStorage(MemoryStorage):
    """A store that refuses a transaction with any of some links."""

    def __init__(
        self, refused: Collection[int], error: Callable[[], Exception]
    ) -> None:
        super().__init__()
        self._refused = refused
        self._error = error
        self.transactions = 0
        self.added: list[Mapping[int, int]] = []
        self._tables.links_by_id.update({number: link(number) for number in range(999)})

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:  # type: ignore[override]  # as the port has it
        """Open a transaction that is refused at its end."""
        self.transactions += 1
        async with super().transaction() as transaction:
            added = transaction.clicks._changes.clicks
            yield transaction
            if any(link in added for link in self._refused):
                raise self._error()
            self.added.append(dict(added))


async def counted(storage: MemoryStorage) -> dict[int, int]:
    """Return the counts by link id."""
    return dict(storage._tables.clicks)


def clicks(*link_ids: int) -> list[BusClick]:
    """Return a click on each of *link_ids*, each with a sequence of its own."""
    return [bus_click(link, at) for at, link in enumerate(link_ids, 1)]


@pytest.fixture(autouse=True)
def without_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    """A click is tried by itself again at once."""
    monkeypatch.setattr(isolate, "PAUSE_SECONDS", 0)


async def count_all(clicks: list[BusClick], *, storage: PickyStorage) -> Isolated:
    """Count *clicks*, all of them on links that the store knows."""

    async def keep(places: Sequence[int]) -> None:
        raise AssertionError(places)

    return await count_countable(clicks, storage=storage, keep_unknown=keep)


async def test_all_is_well() -> None:
    """One transaction counts everything, and one addition each link."""
    storage = PickyStorage([], ValueError)
    done = await count_all(clicks(*[7] * 10_000), storage=storage)
    assert (done.fresh, done.refused) == (10_000, [])
    assert storage.added == [{7: 10_000}]


@pytest.mark.parametrize("place", [0, 1, 499, 500, 999])
async def test_one_is_refused(place: int) -> None:
    """It is found wherever it is, after its attempts; all others are counted."""
    links = [1] * 1_000
    links[place] = 666
    storage = PickyStorage([666], ValueError)
    done = await count_all(clicks(*links), storage=storage)
    assert done.fresh == 999
    assert [(one.at, one.reason) for one in done.refused] == [
        (place, "Counting failed: ValueError")
    ]
    assert await counted(storage) == {1: 999}
    # Two halves for each of at most ten halvings, and the attempts at the last one.
    assert storage.transactions <= 2 * 10 + ATTEMPTS


async def test_a_single_click_is_tried_again() -> None:
    """What fails once need not fail always."""
    errors = [ValueError(), ValueError()]
    storage = PickyStorage([], ValueError)

    @asynccontextmanager
    async def shaky() -> AsyncIterator[Transaction]:
        if errors:
            raise errors.pop()
        async with PickyStorage.transaction(storage) as transaction:
            yield transaction

    storage.transaction = shaky  # type: ignore[method-assign]  # shaky for a while
    done = await count_all(clicks(1), storage=storage)
    assert (done.fresh, done.refused) == (1, [])


async def test_the_store_is_away() -> None:
    """An outage refuses no click."""
    storage = PickyStorage([666], BackendUnavailable)
    with pytest.raises(BackendUnavailable):
        await count_all(clicks(1, 666), storage=storage)


async def test_everything_is_refused() -> None:
    """If none of many can be counted it is the store's fault, not theirs."""
    storage = PickyStorage([1], ValueError)
    with pytest.raises(ValueError):  # noqa: PT011 - the store's own
        await count_all(clicks(*[1] * 1_000), storage=storage)
    assert storage.transactions <= 100
    few = clicks(*[1] * (MOST_REFUSED - 1))
    done = await count_all(few, storage=storage)
    assert len(done.refused) == MOST_REFUSED - 1


async def test_counted_before() -> None:
    """A part that was counted before a failure is recognised."""
    storage = PickyStorage([], ValueError)
    await count_all(clicks(1, 1, 1), storage=storage)
    done = await count_all(clicks(1, 1, 1, 1), storage=storage)
    assert done.fresh == 1
    assert await counted(storage) == {1: 4}


async def test_unknown_links_among_clicks_that_are_refused() -> None:
    """Each is kept where it is, before its part is committed, and counts for none."""
    links = [1] * 100
    links[7], links[40], links[99] = 5_000, 666, 5_001
    storage = PickyStorage([666], ValueError)
    kept: list[int] = []

    async def keep(places: Sequence[int]) -> None:
        kept.extend(places)

    done = await count_countable(clicks(*links), storage=storage, keep_unknown=keep)
    assert (done.fresh, done.unknown) == (97, 2)
    assert [one.at for one in done.refused] == [40]
    assert set(kept) == {7, 99}
    assert await counted(storage) == {1: 97}


async def test_nothing_to_count() -> None:
    """No click needs no transaction."""
    storage = PickyStorage([], ValueError)
    assert (await count_all([], storage=storage)).fresh == 0
    assert storage.transactions == 0


def test_grouping() -> None:
    """An identity that comes twice in a batch is there once."""
    first, second = bus_click(1, 5), bus_click(1, 6, journal="k")
    group = grouped([first, second, first])
    assert {j: dict(lanes) for j, lanes in group.items()} == {
        "j": {first.lane: {5: 1}},
        "k": {first.lane: {6: 1}},
    }


def test_runs_with_gaps() -> None:
    """Sequences become as few ranges as there are runs."""
    known = CountedSequences().adding([9, 1, 2, 3, 7, 8, 8, 20])
    assert known.ranges == (
        SequenceRange(1, 3),
        SequenceRange(7, 9),
        SequenceRange(20, 20),
    )
