"""Ranges of counted sequences behave like the plain set that they stand for."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from waypost.domain.sequences import CountedSequences, SequenceRange

_numbers = st.integers(1, 60)
_batches = st.lists(st.lists(_numbers, max_size=20), max_size=8)


def _counted(batches: list[list[int]]) -> CountedSequences:
    counted = CountedSequences()
    for batch in batches:
        counted = counted.adding(batch)
    return counted


@given(_batches)
def test_equals_a_set(batches: list[list[int]]) -> None:
    """For any sequences in any order, exactly these are contained."""
    counted = _counted(batches)
    model = {number for batch in batches for number in batch}
    assert model == {number for number in range(62) if number in counted}
    assert max(model, default=0) == counted.last


@given(_batches, _batches)
def test_what_is_outside_is_counted(
    batches: list[list[int]], others: list[list[int]]
) -> None:
    """As many as the difference of the sets has, of any two."""
    ours, theirs = ({n for batch in each for n in batch} for each in (batches, others))
    assert _counted(batches).size == len(ours)
    assert _counted(batches).number_outside(_counted(others)) == len(ours - theirs)


@given(_batches)
def test_ranges_are_canonical(batches: list[list[int]]) -> None:
    """Ranges ascend and never touch, so equal sets are equal values."""
    ranges = _counted(batches).ranges
    assert all(span.first <= span.last for span in ranges)
    assert all(low.last + 1 < high.first for low, high in pairwise(ranges))
    assert _counted([[number for batch in batches for number in batch]]) == _counted(
        batches
    )


def test_dense_sequences_are_one_range() -> None:
    """However many clicks were counted, what is kept stays small."""
    counted = _counted([[*range(1, 5_000)], [*range(5_000, 9_001)]])
    assert (SequenceRange(1, 9_000),) == counted.ranges
