"""Links that every process may use, and the news that they changed."""

from collections.abc import AsyncGenerator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from waypost.domain.events import Invalidation
from waypost.domain.links import DEFAULT_DOMAIN, Absence, Link


class SharedCache(Protocol):
    """Links that every process may use, by domain and code.

    It may lose anything at any time, and it may be away: every method may raise
    `BackendUnavailable`, after a fraction of a second, and at once for a while after
    that. No caller fails because of it.
    """

    async def get(
        self, code: str, *, domain: str = DEFAULT_DOMAIN
    ) -> Link | Absence | None:
        """Return what is remembered of *code*; it may be older than the last `put`."""
        ...

    async def put(self, links: Sequence[Link]) -> None:
        """Remember *links*, except those of which a newer version is remembered.

        A remembered absence gives way. Of the same version, what a newer release
        has remembered stays: it may know more of the link.
        """
        ...

    async def put_absent(self, code: str, *, domain: str = DEFAULT_DOMAIN) -> None:
        """Remember for a short while that *code* belongs to no link.

        Does nothing if a link is remembered.
        """
        ...

    def lock(
        self, code: str, *, domain: str = DEFAULT_DOMAIN
    ) -> AbstractAsyncContextManager[bool]:
        """Try to be the one process that looks *code* up, for a second at most.

        Yields whether it is; another one should look again for its result.
        """
        ...


class Invalidations(Protocol):
    """Announces to every process at once which links have changed.

    Messages may be lost: they only shorten what the near caches' lifetime bounds.
    """

    async def publish(self, changed: Sequence[Invalidation]) -> None:
        """Announce *changed* to every process, this one included.

        Raises:
            BackendUnavailable: No process, or not every one, may have got it.
        """
        ...

    def listen(self) -> AsyncGenerator[Invalidation | None]:
        """Yield what is published from now on; never ends, and never raises.

        None: the connection is new, at first or because it was lost, so messages may
        have been missed before.
        """
        ...
