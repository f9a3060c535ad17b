"""Which ids were leased, kept as blocks."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from waypost.domain.codes import IdBlock

MOST_BLOCKS: Final = 1_000
"""How many blocks are kept at most. Beyond that the two lowest become one, with what
lies between them: a block there is not used although it could be, which is safe."""


@dataclass(frozen=True, slots=True)
class LeasedIds:
    """Blocks that were leased: disjoint, ascending, never touching."""

    blocks: tuple[IdBlock, ...] = ()

    def adding(self, blocks: Iterable[IdBlock]) -> "LeasedIds":
        """Return these ids together with those of *blocks*."""
        merged: list[IdBlock] = []
        for block in sorted([*self.blocks, *blocks], key=lambda block: block.start):
            if merged and block.start <= merged[-1].end + 1:
                merged[-1] = _spanning(merged[-1], block)
            else:
                merged.append(block)
        if len(merged) > MOST_BLOCKS:
            lowest = merged[: len(merged) - MOST_BLOCKS + 1]
            merged[: len(lowest)] = [_spanning(lowest[0], lowest[-1])]
        return LeasedIds(tuple(merged))

    def overlaps(self, block: IdBlock) -> bool:
        """Return whether an id of *block* was leased before."""
        return any(
            known.start <= block.end and block.start <= known.end
            for known in self.blocks
        )

    @property
    def highest(self) -> int:
        """The highest id that was leased; 0 when there is none."""
        return self.blocks[-1].end if self.blocks else 0


def _spanning(lower: IdBlock, upper: IdBlock) -> IdBlock:
    return IdBlock(start=lower.start, end=max(lower.end, upper.end))
