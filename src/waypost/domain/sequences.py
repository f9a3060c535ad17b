"""Which sequences of a lane have been counted, kept as ranges."""

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple


class SequenceRange(NamedTuple):
    """The sequences from `first` to `last`, both included."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class CountedSequences:
    """The counted sequences of one lane: disjoint, ascending, never touching.

    Clicks arrive nearly in order, so this is nearly always a single range, for any
    number of clicks.
    """

    ranges: tuple[SequenceRange, ...] = ()

    def __contains__(self, sequence: int) -> bool:
        position = bisect_right(self.ranges, sequence, key=_first)
        return position > 0 and sequence <= self.ranges[position - 1].last

    def adding(self, sequences: Iterable[int]) -> "CountedSequences":
        """Return these sequences together with *sequences*, in ranges again."""
        return CountedSequences(_merged([*self.ranges, *_runs(sequences)]))

    def adding_range(self, span: SequenceRange) -> "CountedSequences":
        """Return these sequences together with those of *span*."""
        return CountedSequences(_merged([*self.ranges, span]))

    @property
    def size(self) -> int:
        """How many sequences they are."""
        return sum(span.last - span.first + 1 for span in self.ranges)

    def number_outside(self, other: "CountedSequences") -> int:
        """Return how many of these sequences are not among those of *other*."""
        common, theirs = 0, iter(other.ranges)
        their = next(theirs, None)
        for span in self.ranges:
            while their and their.last < span.first:
                their = next(theirs, None)
            while their and their.first <= span.last:
                first, last = max(span.first, their.first), min(span.last, their.last)
                common += last - first + 1
                if their.last > span.last:
                    break
                their = next(theirs, None)
        return self.size - common

    @property
    def last(self) -> int:
        """The highest counted sequence; 0 when there is none."""
        return self.ranges[-1].last if self.ranges else 0


def _first(span: SequenceRange) -> int:
    return span.first


def _runs(sequences: Iterable[int]) -> list[SequenceRange]:
    numbers = sorted(set(sequences))
    if not numbers:
        return []
    # Nearly always there is no gap, and no need to look at every number.
    if numbers[-1] - numbers[0] == len(numbers) - 1:
        return [SequenceRange(numbers[0], numbers[-1])]
    gaps = [(last, first) for last, first in pairwise(numbers) if first - last > 1]
    firsts = [numbers[0], *(first for _, first in gaps)]
    lasts = [*(last for last, _ in gaps), numbers[-1]]
    return [SequenceRange(*ends) for ends in zip(firsts, lasts, strict=True)]


def _merged(spans: list[SequenceRange]) -> tuple[SequenceRange, ...]:
    spans.sort()
    merged: list[SequenceRange] = []
    for span in spans:
        if merged and span.first <= merged[-1].last + 1:
            if span.last > merged[-1].last:
                merged[-1] = SequenceRange(merged[-1].first, span.last)
        else:
            merged.append(span)
    return tuple(merged)
