"""Lists of links in memory: every link is looked at."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from waypost.domain.links import CountedLink
from waypost.domain.listing.filters import LinkFilter, Place, Sort, Total
from waypost.domain.listing.matching import matches
from waypost.domain.listing.orders import sort_value
from waypost.ports.links import LinkPage


class MemoryLinkLists:
    """Lists of the links that *stored* returns."""

    def __init__(self, stored: Callable[[], Iterable[CountedLink]]) -> None:
        self._stored = stored

    async def page(
        self,
        wanted: LinkFilter,
        *,
        sort: Sort,
        now: datetime,
        after: Place | None,
        limit: int,
    ) -> LinkPage:
        """Return up to *limit* of the links that are *wanted*, behind *after*."""

        def place(counted: CountedLink) -> Place:
            return Place(sort_value(counted, sort.key), counted.link.id)

        found = [(place(one), one) for one in self._matching(wanted, now)]
        found.sort(key=lambda pair: pair[0], reverse=sort.is_descending)
        if after is not None:
            found = [one for one in found if _is_behind(one[0], after, sort)]
        links = [one for _, one in found[:limit]]
        follows = found[limit - 1][0] if len(found) > limit else None
        return LinkPage(links=links, follows=follows)

    async def total(self, wanted: LinkFilter, *, now: datetime) -> Total:
        """Return how many links are *wanted*."""
        return Total(len(self._matching(wanted, now)), is_exact=True)

    async def list_changed(self, *, limit: int) -> int:  # noqa: ARG002 - of the port
        """Return 0: links are in the lists at once."""
        return 0

    async def list_older(self, *, limit: int) -> int:  # noqa: ARG002 - of the port
        """Return 0: as above."""
        return 0

    async def compare_clicks(self, *, limit: int) -> bool:  # noqa: ARG002 - as above
        """Return True: so are their clicks."""
        return True

    def _matching(self, wanted: LinkFilter, now: datetime) -> Sequence[CountedLink]:
        return [one for one in self._stored() if matches(one, wanted=wanted, now=now)]


def _is_behind(place: Place, after: Place, sort: Sort) -> bool:
    return place < after if sort.is_descending else place > after
