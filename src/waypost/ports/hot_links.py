"""How many clicks are recorded and not counted yet, and the most clicked links."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol


class HotLinks(Protocol):
    """How many clicks are recorded and not counted yet, and the most clicked links.

    Estimates: they expire, and everything works without them.
    Every method may raise `BackendUnavailable`.
    """

    async def add(self, clicks: Mapping[str, int]) -> None:
        """Add recorded clicks by code to the pending clicks, and to the scores."""
        ...

    async def settle(self, clicks: Mapping[str, int]) -> None:
        """Subtract counted clicks by code from the pending clicks."""
        ...

    async def forget(self, lanes: Collection[int]) -> None:
        """Forget the pending clicks of *lanes*: some of those clicks are lost.

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
        """Halve all scores and drop the lowest, at most once in *every_seconds*.

        The interval is common to all processes.
        """
        ...
