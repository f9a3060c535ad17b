"""Links whose targets' titles are to be fetched.

They wait in memory, and not many: a title is a nicety, and a link works without one.
"""

import asyncio
from collections import deque
from typing import Final, NamedTuple

from prometheus_client import Counter

from waypost.domain.errors import FeatureOff
from waypost.domain.links import Link
from waypost.domain.titles.addresses import is_named_private
from waypost.domain.titles.errors import TargetPrivate
from waypost.domain.titles.when import FetchTitles
from waypost.domain.urls.targets import canonical, host_of

MOST_WAITING: Final = 1_000


class WantedTitle(NamedTuple):
    """A link whose title is wanted."""

    key: str
    """As of `Link.key`."""
    target: str


class WantedTitles:
    """Those that wait; for one event loop."""

    def __init__(
        self,
        when: FetchTitles = FetchTitles.OFF,
        *,
        dropped: Counter | None = None,
        are_private_allowed: bool = False,
    ) -> None:
        self._when = when
        self._dropped = dropped
        self._are_private_allowed = are_private_allowed
        self._waiting: deque[WantedTitle] = deque()
        self._is_waiting = asyncio.Event()

    def check(self, target: str, *, asked: bool | None) -> None:
        """Check that a client may ask for the title of *target*.

        Raises:
            FeatureOff: This server fetches none.
            TargetPrivate: This server will not fetch it.
        """
        if not asked:
            return
        if self._when is FetchTitles.OFF:
            raise FeatureOff(
                "This server fetches no titles: that needs FETCH_TITLES=on_request, "
                "or on."
            )
        if not self._are_private_allowed and is_named_private(_host(target)):
            raise TargetPrivate

    def are_fetched(self, *, asked: bool | None) -> bool:
        """Return whether titles are fetched, where *asked* is what the client says."""
        return self._when is FetchTitles.ON if asked is None else asked

    def want(self, link: Link, *, asked: bool | None) -> None:
        """Note that the title of *link* is wanted, if it is.

        *asked* is what the client says; None: nothing.
        """
        if not self.are_fetched(asked=asked):
            return
        if link.options.title is not None:
            return
        if link.options.password is not None and not asked:
            return  # Its preview shows the title, and not where it leads.
        if not _host(link.target):
            return
        if len(self._waiting) >= MOST_WAITING:
            if self._dropped is not None:
                self._dropped.inc()
            return
        self._waiting.append(WantedTitle(link.key, link.target))
        self._is_waiting.set()

    async def next(self) -> WantedTitle:
        """Return the one that waits longest, once there is one."""
        while not self._waiting:
            self._is_waiting.clear()
            await self._is_waiting.wait()
        return self._waiting.popleft()


def _host(target: str) -> str:
    """Return the host of *target*; empty: it is none of the web."""
    return host_of(canonical(target))
