"""Links in this process's memory, ready to be answered."""

from typing import Protocol

import msgspec

from waypost.domain.links import DEFAULT_DOMAIN, key_of
from waypost.domain.verdict import Plan


class NearEntry(msgspec.Struct, frozen=True, gc=False):
    """All that answering a redirect needs, already encoded.

    A `Struct`, because the garbage collector does not visit it: a hundred thousand
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
    plan: Plan | None = None
    """What has to be decided at each visit. None: the link is always followed."""
    domain: str = DEFAULT_DOMAIN
    """The link's domain."""
    title: str | None = None
    """What the page that shows where the link leads calls it."""
    fresh_until: float = 0.0
    """Until when a cache takes it for current, in its own monotonic seconds.

    Set by the cache. It stands here because an object of its own per entry would
    take a quarter more memory."""

    @property
    def key(self) -> str:
        """What it is looked up by: the code, with the domain if it is another one."""
        return key_of(self.code, self.domain)


class NearCache(Protocol):
    """In this process and synchronous: a hit never awaits. Bounded in memory.

    Its codes are keys as `domain.links.key_of` makes them.
    """

    def get(self, code: str) -> NearEntry | None:
        """Return the entry of *code* if it is known and fresh."""
        ...

    def get_stale(self, code: str) -> NearEntry | None:
        """Return the entry of *code* if it is known, fresh or not, for an hour more.

        For use while neither cache nor store answers: an old entry is better than none.
        """
        ...

    def is_absent(self, code: str) -> bool:
        """Return whether *code* was looked up a moment ago and belonged to no link."""
        ...

    def put(self, entry: NearEntry) -> None:
        """Remember *entry*, at the cost of older ones if need be."""
        ...

    def put_absent(self, code: str) -> None:
        """Remember for a short while that *code* belongs to no link."""
        ...

    def drop(self, code: str) -> None:
        """Forget all that is known of *code*."""
        ...

    def expire(self, *, within: float) -> None:
        """End the freshness of all entries within as many seconds, spread over them.

        Entries that are put from now on are fresh for their whole time. The call takes
        no longer when there are more entries.
        """
        ...
