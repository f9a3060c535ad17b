"""How many clicks are on their way, and which links are clicked most."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol


class HotLinks(Protocol):
    """How many clicks are on their way to the count, and what is clicked most.

    Hints, not truth: they expire, and everything works without them.
    Every method may raise `BackendUnavailable`.
    """

    async def add(self, clicks: Mapping[str, int]) -> None:
        """Add recorded clicks by code to what is pending, and to what is hot."""
        ...

    async def settle(self, clicks: Mapping[str, int]) -> None:
        """Take clicks by code off what is pending: they are counted."""
        ...

    async def forget(self, lanes: Collection[int]) -> None:
        """Forget what is pending in *lanes*: some of those clicks are lost.

        Those that are not lost are not shown as pending either.
        """
        ...

    async def pending(self, code: str) -> int:
        """Return how many clicks are recorded, and not in the store's count yet."""
        ...

    async def hottest(self, *, limit: int) -> Sequence[str]:
        """Return up to *limit* codes, the most clicked first."""
        ...

    async def fade(self, *, every_seconds: int) -> None:
        """Halve the heat of every code and drop the coldest, once in *every_seconds*.

        It is the same time for all processes, whichever of them calls.
        """
        ...
