"""Leased ids, kept as blocks."""

from hypothesis import given
from hypothesis import strategies as st

from waypost.domain.codes import IdBlock
from waypost.domain.leased_ids import MOST_BLOCKS, LeasedIds

BLOCKS = st.builds(
    lambda start, size: IdBlock(start=start, end=start + size - 1),
    st.integers(1, 60),
    st.integers(1, 12),
)


def ids_of(leased: LeasedIds) -> set[int]:
    """Return every id."""
    return {id_ for one in leased.blocks for id_ in range(one.start, one.end + 1)}


@given(st.lists(BLOCKS, max_size=8), BLOCKS)
def test_blocks_are_a_set_of_ids(blocks: list[IdBlock], other: IdBlock) -> None:
    """For any blocks in any order, exactly their ids are known."""
    leased = LeasedIds()
    for block in blocks:
        leased = leased.adding([block])
    expected = {id_ for one in blocks for id_ in range(one.start, one.end + 1)}
    assert ids_of(leased) == expected
    assert leased.highest == max(expected, default=0)
    others = set(range(other.start, other.end + 1))
    assert leased.overlaps(other) == bool(expected & others)
    for lower, upper in zip(leased.blocks, leased.blocks[1:], strict=False):
        assert lower.end + 1 < upper.start


def test_their_number_is_bounded() -> None:
    """Too many blocks become fewer, which know more ids and not fewer."""
    blocks = [IdBlock(start=10 * at, end=10 * at + 1) for at in range(1, 1_500)]
    leased = LeasedIds().adding(blocks)
    assert len(leased.blocks) == MOST_BLOCKS
    assert all(leased.overlaps(block) for block in blocks)
    assert leased.highest == blocks[-1].end
    assert not leased.overlaps(IdBlock(start=14_985, end=14_989))
