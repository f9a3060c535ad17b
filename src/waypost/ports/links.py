"""Links in the source of truth: look them up, add and change them."""

from collections.abc import Collection, Sequence
from typing import Protocol

from waypost.domain.links import DEFAULT_DOMAIN, CountedLink, Link


class LinkReader(Protocol):
    """Look-ups outside any transaction; each sees what was committed before it.

    Every method may raise `BackendUnavailable`.
    """

    async def by_code(self, code: str, *, domain: str = DEFAULT_DOMAIN) -> Link | None:
        """Return the link with exactly this code, or None."""
        ...

    async def by_codes(
        self, codes: Collection[str], *, domain: str = DEFAULT_DOMAIN
    ) -> Sequence[Link]:
        """Return the links that have these codes, each once, in any order."""
        ...

    async def by_ids(self, ids: Collection[int]) -> Sequence[Link]:
        """Return the links that have these ids, each once, in any order."""
        ...

    async def counted(
        self, code: str, *, domain: str = DEFAULT_DOMAIN
    ) -> CountedLink | None:
        """Return the link with its counted clicks, or None."""
        ...

    async def newest(
        self, *, limit: int, before_id: int | None = None
    ) -> Sequence[CountedLink]:
        """Return up to *limit* links by descending id, those below *before_id*.

        Without those that are deleted.
        """
        ...

    async def most_clicked(self, *, limit: int) -> Sequence[Link]:
        """Return up to *limit* links with clicks, by descending number of them.

        Without those that are deleted.
        """
        ...


class LinkWriter(Protocol):
    """Changes to links, inside a transaction."""

    async def add(self, links: Sequence[Link]) -> frozenset[int]:
        """Store new links; return the ids of those that were refused.

        Refused is a link whose id, or whose `(domain, code)`, belongs to another
        link, stored before or earlier in *links*. The others are stored, and the
        transaction stays usable.

        Raises:
            BackendUnavailable: The store does not answer.
        """
        ...

    async def change(self, link: Link) -> bool:
        """Replace *link*'s last version, `link.version - 1`, with *link*.

        Only the target, the options, `deleted_at` and `updated_at` may differ.
        Return False, and change nothing, if another version is stored, or no such link.

        Raises:
            BackendUnavailable: The store does not answer.
        """
        ...
