"""When clicks are late, when they are missing, and what is no gap at all."""

from datetime import UTC, datetime, timedelta

import pytest

from waypost.domain.gaps import (
    SEQUENCES_PER_SECOND,
    MissingClicks,
    SequenceGap,
    clicks_confirmed,
    judged,
    missing_between,
)
from waypost.domain.sequences import SequenceRange

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)
BOUND = timedelta(seconds=600)
BOOT = 1_700_000_000 * SEQUENCES_PER_SECOND
LATER = BOOT + 3_600 * SEQUENCES_PER_SECOND


@pytest.mark.parametrize(
    ("before", "following", "missing"),
    [
        (0, 1, None),
        (5, 6, None),
        (0, 4, (1, 3)),
        (5, 9, (6, 8)),
        (0, 3 * SEQUENCES_PER_SECOND, (1, 3 * SEQUENCES_PER_SECOND - 1)),
        # A jump: nothing was recorded below it.
        (0, BOOT + 1, None),
        (5, BOOT + 1, None),
        (BOOT + 70, LATER + 1, None),
        # A jump, and then a loss.
        (5, BOOT + 4, (BOOT + 1, BOOT + 3)),
        # A loss where the lane happens to pass such a number.
        (BOOT - 3, BOOT + 3, (BOOT - 2, BOOT + 2)),
        (BOOT + 1, BOOT + 9, (BOOT + 2, BOOT + 8)),
    ],
)
def test_missing_between(
    before: int, following: int, missing: tuple[int, int] | None
) -> None:
    """All sequences between two of a lane, except those that a jump left out."""
    assert missing_between(before, following) == missing


def gap(first: int, last: int, *, journal: str = "j", lane: int = 3) -> SequenceGap:
    """Return a gap."""
    return SequenceGap(journal, lane, SequenceRange(first, last))


def after(
    known: list[MissingClicks], *gaps: SequenceGap, seconds: float
) -> list[MissingClicks]:
    """Return what is missing so many seconds after noon."""
    now = NOON + timedelta(seconds=seconds)
    return judged(gaps, known, now=now, bound=BOUND)


def spans(missing: list[MissingClicks]) -> list[tuple[int, int, bool]]:
    """Return the sequences, and whether they are confirmed to be missing."""
    return [(*each.span, each.confirmed_at is not None) for each in missing]


def test_a_gap_is_late_and_then_missing() -> None:
    """Not before the bound, and from then on for as long as it is open."""
    known = after([], gap(5, 9), seconds=0)
    known = after(known, gap(5, 9), seconds=599)
    assert spans(known) == [(5, 9, False)]
    known = after(known, gap(5, 9), seconds=600)
    assert spans(known) == [(5, 9, True)]
    assert clicks_confirmed(known) == 5
    confirmed_at = known[0].confirmed_at
    known = after(known, gap(5, 9), seconds=9_000)
    assert [each.confirmed_at for each in known] == [confirmed_at]
    assert after(known, seconds=9_001) == []


def test_each_part_has_its_own_time() -> None:
    """What is recorded behind a loss is not overdue because the loss is."""
    known = after([], gap(5, 9), seconds=0)
    known = after(known, gap(5, 20), seconds=400)
    known = after(known, gap(5, 20), seconds=600)
    assert spans(known) == [(5, 9, True), (10, 20, False)]
    known = after(known, gap(5, 20), seconds=1_000)
    assert clicks_confirmed(known) == 16
    known = after(known, gap(5, 20), seconds=1_001)
    assert spans(known) == [(5, 20, True)]


def test_a_backlog_is_not_missing() -> None:
    """A gap that is filled from its beginning is waited for again."""
    known: list[MissingClicks] = []
    for round_ in range(20):
        known = after(known, gap(5 + round_, 100 + round_), seconds=500 * round_)
        assert clicks_confirmed(known) == 0
    stuck = gap(24, 119)
    assert clicks_confirmed(after(known, stuck, seconds=500 * 19 + 599)) == 0
    assert clicks_confirmed(after(known, stuck, seconds=500 * 19 + 600)) == 96


def test_missing_clicks_that_are_counted_late() -> None:
    """If any part is counted after all, the rest stays missing."""
    known = after(after([], gap(5, 20), seconds=0), gap(5, 20), seconds=600)
    known = after(known, gap(8, 11), gap(15, 20), seconds=601)
    assert spans(known) == [(8, 11, True), (15, 20, True)]


def test_lanes_and_journals_are_apart() -> None:
    """A gap says nothing about the same sequences elsewhere."""
    known = after([], gap(5, 9), seconds=0)
    others = [gap(5, 9, lane=4), gap(5, 9, journal="k")]
    assert spans(after(known, gap(5, 9), *others, seconds=600)) == [
        (5, 9, True),
        (5, 9, False),
        (5, 9, False),
    ]


def test_a_part_that_closes_inside() -> None:
    """The times of both sides stay what they were."""
    known = after([], gap(5, 20), seconds=0)
    known = after(known, gap(5, 9), gap(12, 20), seconds=300)
    assert spans(after(known, gap(5, 9), gap(12, 20), seconds=600)) == [
        (5, 9, True),
        (12, 20, True),
    ]
