"""Where a resolved code may be remembered."""

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

import msgspec

from waypost.domain.events import Invalidation
from waypost.domain.links import Absence, Link


class NearEntry(msgspec.Struct, frozen=True, gc=False):
    """All that answering a redirect needs, already encoded.

    A `Struct`, because the garbage collector need not look at it: a hundred thousand
    of anything else make it stop the redirects for many milliseconds.
    """

    code: str
    link_id: int
    lane: int
    """The lane of the code, see `domain.clicks.lane_of`."""
    location: bytes
    """The value of the `Location` header."""
    version: int = 1
    """The link's version."""
    fresh_until: float = 0.0
    """Until when a cache takes it for true, in its own monotonic seconds.

    Set by the cache. It stands here because an object of its own per entry would
    take a quarter more memory."""


class NearCache(Protocol):
    """In this process and synchronous: a hit never awaits. Bounded in memory."""

    def get(self, code: str) -> NearEntry | None:
        """Return the entry of *code* if it is known and fresh."""
        ...

    def get_stale(self, code: str) -> NearEntry | None:
        """Return the entry of *code* if it is known, fresh or not, for an hour more.

        For when nobody can be asked: an old truth is better than none.
        """
        ...

    def is_absent(self, code: str) -> bool:
        """Tell whether *code* was looked up a moment ago and belonged to no link."""
        ...

    def put(self, entry: NearEntry) -> None:
        """Remember *entry*, at the cost of older ones if need be."""
        ...

    def put_absent(self, code: str) -> None:
        """Remember for a short while that *code* belongs to no link."""
        ...

    def drop(self, code: str) -> None:
        """Forget whatever is known of *code*."""
        ...

    def expire(self, *, within: float) -> None:
        """Let all that is known now end within as many seconds, spread over them.

        What is put from now on is fresh for its whole time. Takes no longer when
        more is known.
        """
        ...


class SharedCache(Protocol):
    """Links that every process may use, by code; the default domain's.

    It may forget anything at any time, and it may be away: every method may raise
    `BackendUnavailable`, after a fraction of a second, and at once for a while after
    that. No caller fails because of it.
    """

    async def get(self, code: str) -> Link | Absence | None:
        """Return what is remembered of *code*; it may be older than the last `put`."""
        ...

    async def put(self, links: Sequence[Link]) -> None:
        """Remember *links*, except those of which a newer version is remembered.

        A remembered absence gives way.
        """
        ...

    async def put_absent(self, code: str) -> None:
        """Remember for a short while that *code* belongs to no link.

        Does nothing if a link is remembered.
        """
        ...

    def lock(self, code: str) -> AbstractAsyncContextManager[bool]:
        """Try to be the one process that looks *code* up, for a second at most.

        Yields whether it is; another one should look again for its result.
        """
        ...


class Invalidations(Protocol):
    """Tells every process at once which links have changed.

    Messages may be lost: they only shorten what the near caches' lifetime bounds.
    """

    async def publish(self, changed: Sequence[Invalidation]) -> None:
        """Tell every process, this one included.

        Raises:
            BackendUnavailable: Nobody, or not everybody, may have heard of it.
        """
        ...

    def listen(self) -> AsyncGenerator[Invalidation | None]:
        """Yield what is published from now on; never ends, and never raises.

        None: the connection is new, at first or because it was lost, so messages may
        have been missed before.
        """
        ...


class HotLinks(Protocol):
    """How many clicks are on their way to the count, and what is clicked most.

    Hints, not truth: they expire, and who cannot have them goes without.
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
