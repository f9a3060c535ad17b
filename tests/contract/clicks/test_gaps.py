"""Every database that outlives its processes knows which clicks are not counted."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from tests.contract.stored import count, ranges
from waypost.adapters.sql.statements.gaps import SqlGaps
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.gaps import SEQUENCES_PER_SECOND, MissingClicks, judged
from waypost.ports.gaps import ClickGaps, Examined

NOON = datetime(2026, 1, 2, 12, 0, 0, 123456, tzinfo=UTC)
BOUND = timedelta(seconds=600)
BOOT = 1_700_000_000 * SEQUENCES_PER_SECOND


@pytest.fixture(params=["sql_storage", "postgres_storage"])
def store(request: pytest.FixtureRequest) -> SqlStorage:
    """A store, of every kind that lasts."""
    found: SqlStorage = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def gaps(store: SqlStorage) -> ClickGaps:
    """The gaps of that store."""
    return SqlGaps(store.database)


async def examine(gaps: ClickGaps, seconds: float = 0) -> Examined:
    """Look for gaps so many seconds after noon."""
    now = NOON + timedelta(seconds=seconds)
    return await gaps.examine(partial(judged, now=now, bound=BOUND))


def spans(missing: Sequence[MissingClicks]) -> list[tuple[str, int, int, int, bool]]:
    """Return what is missing, and whether that is confirmed."""
    return [
        (each.journal, each.lane, *each.span, each.confirmed_at is not None)
        for each in missing
    ]


async def test_nothing_is_missing(store: SqlStorage, gaps: ClickGaps) -> None:
    """Whole lanes have no gaps, and neither has an empty store."""
    assert await examine(gaps) == Examined([], [])
    await count(store, counted={"a": {1: ranges((1, 5)), 2: ranges((1, 1))}})
    assert await examine(gaps) == Examined([], [])


async def test_places_of_other_programs_have_none(
    store: SqlStorage, gaps: ClickGaps
) -> None:
    """Between one program's records are those of other programs."""
    await count(store, counted={"kafka:topic:1": {1: ranges((3, 5), (9, 9))}})
    assert await examine(gaps) == Examined([], [])


async def test_gaps_within_lanes(store: SqlStorage, gaps: ClickGaps) -> None:
    """Before the first range and between ranges, in every journal; jumps are none."""
    await count(
        store,
        counted={
            "a": {1: ranges((1, 5), (9, 9), (12, 20)), 2: ranges((4, 7))},
            "b": {1: ranges((1, 2), (BOOT + 1, BOOT + 5)), 2: ranges((2, 2))},
        },
    )
    found = await examine(gaps)
    assert found.before == []
    assert spans(found.after) == [
        ("a", 1, 6, 8, False),
        ("a", 1, 10, 11, False),
        ("a", 2, 1, 3, False),
        ("b", 2, 1, 1, False),
    ]
    assert await gaps.missing() == found.after


async def test_what_was_noticed_lasts(store: SqlStorage, gaps: ClickGaps) -> None:
    """The next process goes on with the times of the one before."""
    await count(store, counted={"a": {1: ranges((3, 5))}})
    first = await examine(gaps)
    second = await examine(SqlGaps(store.database), 600)
    assert second.before == first.after
    assert spans(second.after) == [("a", 1, 1, 2, True)]
    third = await examine(gaps, 700)
    assert third == Examined(second.after, second.after)
    assert third.after[0].noticed_at == NOON
    assert third.after[0].confirmed_at == NOON + BOUND


async def test_a_gap_that_closes_is_forgotten(
    store: SqlStorage, gaps: ClickGaps
) -> None:
    """Wholly or in part, confirmed or not."""
    await count(store, counted={"a": {1: ranges((6, 9)), 2: ranges((3, 5))}})
    await examine(gaps)
    await examine(gaps, 600)
    await count(
        store, counted={"a": {1: ranges((1, 1), (4, 4), (6, 9)), 2: ranges((1, 5))}}
    )
    found = await examine(gaps, 601)
    assert spans(found.after) == [("a", 1, 2, 3, True), ("a", 1, 5, 5, True)]
    await count(store, counted={"a": {1: ranges((1, 9))}})
    assert (await examine(gaps, 602)).after == []
    assert await gaps.missing() == []


async def test_losses_at_the_end_of_lanes(store: SqlStorage, gaps: ClickGaps) -> None:
    """What a recorder has stated is missing until it is counted, in each lane."""
    await count(store, counted={"a": {1: ranges((1, 5)), 2: ranges((1, 9))}})
    await gaps.state_heads("a", {1: 7, 2: 9, 63: 4})
    await gaps.state_heads("b", {0: BOOT, 1: BOOT + 2})
    found = await examine(gaps)
    assert spans(found.after) == [
        ("a", 1, 6, 7, False),
        ("a", 63, 1, 4, False),
        ("b", 1, BOOT + 1, BOOT + 2, False),
    ]
    await count(
        store,
        counted={
            "a": {1: ranges((1, 7)), 63: ranges((1, 4))},
            "b": {1: ranges((BOOT + 1, BOOT + 2))},
        },
    )
    assert (await examine(gaps)).after == []


async def test_a_head_that_was_reached_is_stated_again(
    store: SqlStorage, gaps: ClickGaps
) -> None:
    """Heads grow; the last one stated is valid, not those before."""
    await count(store, counted={"a": {1: ranges((1, 5))}})
    for head, missing in [(5, []), (8, [(6, 8)]), (9, [(6, 9)])]:
        await gaps.state_heads("a", {1: head})
        found = await examine(gaps)
        assert [each.span for each in found.after] == missing
        assert [each.span for each in (await examine(gaps)).after] == missing


async def test_a_thousand_gaps(store: SqlStorage, gaps: ClickGaps) -> None:
    """All of them are noticed, confirmed and forgotten."""
    odd = ranges(*((at, at) for at in range(1, 2_003, 2)))
    await count(store, counted={"a": {7: odd}})
    assert len((await examine(gaps)).after) == 1_000
    found = await examine(gaps, 600)
    assert all(each.confirmed_at for each in found.after)
    await count(store, counted={"a": {7: ranges((1, 2_002))}})
    assert (await examine(gaps, 601)).after == []
