"""Long lists in pieces, so that no single call holds up Redis or this process."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

Item = TypeVar("Item")


def chunks(items: Sequence[Item], size: int) -> Iterator[Sequence[Item]]:
    """Yield *items* in order, *size* at a time; the last piece may be shorter."""
    for start in range(0, len(items), size):
        yield items[start : start + size]
