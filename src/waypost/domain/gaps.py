"""Clicks that were recorded and are not counted: gaps in the sequences of a lane.

    gap seen ─▶ late ──longer than a bound──▶ missing
                 └──────── counted ─────────────┴──▶ gone

Sequences are dense, so a lane whose counted sequences do not begin at 1, are not one
range, or end below the last one that its recorder has reported, lacks clicks.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Final, NamedTuple, TypeVar

from waypost.domain.sequences import CountedSequences, SequenceRange

SEQUENCES_PER_SECOND: Final = 2**20
"""More than a lane can use in a second. A journal that may have lost its end in a power
cut continues behind so many times the seconds since 1970: a jump, and no gap."""

_EARLIEST_JUMP: Final = 1_600_000_000 * SEQUENCES_PER_SECOND


class SequenceGap(NamedTuple):
    """Sequences of a lane that are not counted, although later ones exist."""

    journal: str
    lane: int
    span: SequenceRange


@dataclass(frozen=True, slots=True, kw_only=True)
class MissingClicks:
    """A gap, or a part of it, and since when it is known."""

    journal: str
    lane: int
    span: SequenceRange
    noticed_at: datetime
    """Since when it has not been filled from its beginning, in UTC."""
    confirmed_at: datetime | None = None
    """When it had been open for too long, in UTC; None: its clicks are only late."""

    @property
    def clicks(self) -> int:
        """How many there are."""
        return self.span.last - self.span.first + 1


_InLane = TypeVar("_InLane", SequenceGap, MissingClicks)


def missing_between(before: int, following: int) -> SequenceRange | None:
    """Return the sequences that are missing between two of a lane; None: none.

    *before* is 0 where *following* is the first one.
    """
    first = before + 1
    floor = (following - 1) // SEQUENCES_PER_SECOND * SEQUENCES_PER_SECOND
    if floor >= _EARLIEST_JUMP and floor - before >= SEQUENCES_PER_SECOND:
        first = floor + 1
    return SequenceRange(first, following - 1) if first < following else None


def judged(
    gaps: Iterable[SequenceGap],
    known: Iterable[MissingClicks],
    *,
    now: datetime,
    bound: timedelta,
) -> list[MissingClicks]:
    """Return what is missing now, after *known* was missing a while ago.

    Both are in the order of their sequences. A part of *gaps* that stays open for
    longer than *bound* is confirmed. A gap that is filled from its beginning is a
    backlog: its age is measured anew.
    """
    known_of, gaps_of = _by_lane(known), _by_lane(gaps)
    return [
        _confirmed(part, now, bound)
        for lane, open_now in gaps_of.items()
        for part in _parts_of_lane(open_now, known_of[lane], now)
    ]


def clicks_confirmed(missing: Iterable[MissingClicks]) -> int:
    """Return how many clicks are confirmed to be missing."""
    return sum(each.clicks for each in missing if each.confirmed_at is not None)


def _by_lane(each: Iterable[_InLane]) -> defaultdict[tuple[str, int], list[_InLane]]:
    lanes: defaultdict[tuple[str, int], list[_InLane]] = defaultdict(list)
    for one in each:
        lanes[one.journal, one.lane].append(one)
    return lanes


def _parts_of_lane(
    gaps: Sequence[SequenceGap], known: Sequence[MissingClicks], now: datetime
) -> Iterator[MissingClicks]:
    """Cut *gaps* at the ends of the *known* parts; both ascend, disjoint."""
    still_open = CountedSequences(tuple(gap.span for gap in gaps))
    for gap in gaps:
        begin, end = gap.span
        near = known[
            # The one that ends just before is there if its end was filled.
            bisect_left(known, begin - 1, key=_last) : bisect_right(
                known, end, key=_first
            )
        ]
        first = near[0].span.first if near else begin
        if first < begin and first not in still_open:
            near = _renewed(near, now)
        yield from _joined(_parts(gap, near, now))


def _first(missing: MissingClicks) -> int:
    return missing.span.first


def _last(missing: MissingClicks) -> int:
    return missing.span.last


def _renewed(known: Iterable[MissingClicks], now: datetime) -> list[MissingClicks]:
    return [
        each if each.confirmed_at else replace(each, noticed_at=now) for each in known
    ]


def _parts(
    gap: SequenceGap, known: Sequence[MissingClicks], now: datetime
) -> Iterator[MissingClicks]:
    begin, end = gap.span
    for each in known:
        first, last = max(begin, each.span.first), min(end, each.span.last)
        if first > last:
            continue
        if begin < first:
            yield _noticed(gap, SequenceRange(begin, first - 1), now)
        yield replace(each, span=SequenceRange(first, last))
        begin = last + 1
    if begin <= end:
        yield _noticed(gap, SequenceRange(begin, end), now)


def _noticed(gap: SequenceGap, span: SequenceRange, now: datetime) -> MissingClicks:
    return MissingClicks(journal=gap.journal, lane=gap.lane, span=span, noticed_at=now)


def _joined(parts: Iterable[MissingClicks]) -> Iterator[MissingClicks]:
    """Merge neighbours that are confirmed, and neighbours of the same age."""

    def kind(part: MissingClicks) -> datetime | None:
        return None if part.confirmed_at is not None else part.noticed_at

    for _, group in groupby(parts, key=kind):
        same = list(group)
        oldest = min(same, key=lambda part: part.noticed_at)
        span = SequenceRange(same[0].span.first, same[-1].span.last)
        yield replace(oldest, span=span)


def _confirmed(
    missing: MissingClicks, now: datetime, bound: timedelta
) -> MissingClicks:
    if missing.confirmed_at is None and now - missing.noticed_at >= bound:
        return replace(missing, confirmed_at=now)
    return missing
