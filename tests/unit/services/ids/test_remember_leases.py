"""A counter that went back with its database leases no id again."""

from pathlib import Path

from structlog.testing import capture_logs

from waypost.adapters.leased_file import LeasedFile
from waypost.adapters.memory.blocks import MemoryBlocks
from waypost.domain.codes import CODE_SPACE, IdBlock
from waypost.domain.errors import BackendUnavailable
from waypost.domain.leased_ids import LeasedIds
from waypost.services.ids.remember_leases import (
    RememberedBlocks,
    StripesAboveNodes,
    raise_counter,
)


class Node:
    """A node that holds a stripe, or does not answer."""

    def __init__(self, highest: int | None) -> None:
        self.highest = highest

    async def highest_id(self) -> int:
        """Return the last id of the stripe."""
        if self.highest is None:
            raise BackendUnavailable
        return self.highest


async def test_a_known_block_is_discarded(tmp_path: Path) -> None:
    """The next block comes from the counter itself, raised above all that is known."""
    keygen, counter = MemoryBlocks(), MemoryBlocks()
    known = LeasedIds((IdBlock(start=5, end=5), IdBlock(start=81, end=90)))
    memory = LeasedFile(tmp_path / "leased", known)
    blocks = RememberedBlocks(keygen, counter=counter, memory=memory)
    with capture_logs() as logs:
        assert await blocks.lease(10) == IdBlock(start=91, end=100)
    assert [entry["event"] for entry in logs] == [
        "ids.block_discarded",
        "ids.counter_raised",
    ]
    assert await blocks.lease(10) == IdBlock(start=11, end=20)
    assert memory.known.blocks[1:] == (
        IdBlock(start=11, end=20),
        IdBlock(start=81, end=100),
    )


async def test_the_counter_is_raised_only_if_it_is_behind() -> None:
    """And never by what cannot be an id."""
    counter = MemoryBlocks()
    await counter.lease(10)
    with capture_logs() as logs:
        for highest in (0, 10, -1, CODE_SPACE, 2**62):
            await raise_counter(counter, highest=highest, known_to="test")
    assert logs == []
    assert await counter.next_id() == 11
    with capture_logs() as logs:
        await raise_counter(counter, highest=11, known_to="test")
    assert [(one["before"], one["after"]) for one in logs] == [(11, 12)]
    await raise_counter(counter, highest=CODE_SPACE - 1, known_to="test")
    assert await counter.next_id() == CODE_SPACE


async def test_stripes_lie_above_those_of_all_nodes() -> None:
    """A node that does not answer is remembered."""
    counter = MemoryBlocks()
    one, other, silent = Node(2_000), Node(3_000), Node(None)
    stripes = StripesAboveNodes(counter, nodes=[silent, other, one])
    await stripes.raise_counter()
    assert await counter.next_id() == 3_001
    other.highest = None
    restored = MemoryBlocks()
    stripes._counter = restored
    assert (await stripes.lease(100)).start == 3_001
    stripes._counter = MemoryBlocks()
    assert (await stripes.lease(100)).start == 3_101
