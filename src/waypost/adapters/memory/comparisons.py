"""How far links in memory were compared with a blocklist."""

from waypost.ports.abuse.blocklists import Comparison


class MemoryComparisons:
    """The last comparison of this process."""

    def __init__(self) -> None:
        self._last = Comparison("", None)

    async def last(self) -> Comparison:
        """Return it."""
        return self._last

    async def keep(self, comparison: Comparison) -> None:
        """Replace it."""
        self._last = comparison
