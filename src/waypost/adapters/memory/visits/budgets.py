"""The budgets of links in this process's memory; the plainest `ClickBudgets`."""

from collections import Counter
from collections.abc import Collection, Mapping

from waypost.domain.links import Link


class MemoryClickBudgets:
    """Takes clicks of *links*, by their ids. Its methods are described at the port."""

    def __init__(self, links: Mapping[int, Link], spent: Counter[int]) -> None:
        self._links = links
        self._spent = spent

    async def take(self, wanted: Mapping[int, int]) -> Mapping[int, int]:
        """Take up to so many clicks of links, by their ids; return how many."""
        return {link_id: self._take(link_id, wanted[link_id]) for link_id in wanted}

    async def exhausted(self, ids: Collection[int]) -> frozenset[int]:
        """Return those of the links that have no click left."""
        return frozenset(link_id for link_id in ids if self._left(link_id) == 0)

    def _take(self, link_id: int, number: int) -> int:
        left = self._left(link_id)
        if left is None:
            return number
        taken = min(number, left)
        self._spent[link_id] += taken
        return taken

    def _left(self, link_id: int) -> int | None:
        link = self._links.get(link_id)
        if link is None:
            return 0
        most = link.options.max_clicks
        return None if most is None else max(0, most - self._spent[link_id])
