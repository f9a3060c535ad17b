"""Links in the source of truth: look them up, add and change them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from waypost.domain.links import DEFAULT_DOMAIN, CountedLink, Link
from waypost.domain.listing.filters import LinkFilter, Place, Sort, Total


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

    async def by_external_ids(self, ids: Collection[str]) -> Sequence[Link]:
        """Return the links that have these external ids, in any order.

        One of each at most is not deleted.
        """
        ...

    async def ids_in(self, domains: Collection[str], *, limit: int) -> Sequence[int]:
        """Return the ids of up to *limit* links of *domains*, in any order.

        Those that are deleted are among them.
        """
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

    async def hold_external_ids(self, ids: Collection[str]) -> frozenset[str]:
        """Keep other transactions from giving links these external ids.

        Return those that links have that are not deleted. A process that stores a link
        with an external id, or restores one, asks first: two with the same are no
        outcome of `add` and `change`, but an error.

        Raises:
            BackendUnavailable: The store does not answer.
        """
        ...

    async def hold(self, ids: Collection[int], *, codes: Collection[str]) -> None:
        """Keep other transactions from changing the links of these ids.

        Those that hold some of *codes* wait as well. One that changes several links, or
        makes several with codes that were chosen, holds them first. All take them in
        one order, so that two with the same links do not wait for each other for ever.

        Raises:
            BackendUnavailable: The store does not answer.
        """
        ...

    async def change(self, link: Link) -> bool:
        """Replace *link*'s last version, `link.version - 1`, with *link*.

        Only the target, the options, `external_id`, `deleted_at` and `updated_at` may
        differ.
        Return False, and change nothing, if another version is stored, or no such link.

        Raises:
            BackendUnavailable: The store does not answer.
        """
        ...


class ClickBudgets(Protocol):
    """How many people may still pass links with `max_clicks`, for all processes.

    A click that was taken is not given to another visitor, also if the process that
    took it is killed. Every method may raise `BackendUnavailable`: then it is not
    known whether clicks were taken, and no visitor passes for them.
    """

    async def take(self, wanted: Mapping[int, int]) -> Mapping[int, int]:
        """Take up to so many clicks of links, by their ids; return how many each gave.

        What is missing in the answer gave none. A link whose `max_clicks` was removed
        gives all that is wanted, and they are not noted.
        """
        ...

    async def exhausted(self, ids: Collection[int]) -> frozenset[int]:
        """Return those of the links that have no click left."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkPage:
    """A page of a list."""

    links: Sequence[CountedLink]
    follows: Place | None
    """The place behind which the list goes on, also where the page is not full. None:
    it is at its end."""


class LinkLists(Protocol):
    """Lists of links. A link is in them a moment after it is committed.

    Every method may raise `BackendUnavailable`.
    """

    async def page(
        self,
        wanted: LinkFilter,
        *,
        sort: Sort,
        now: datetime,
        after: Place | None,
        limit: int,
    ) -> LinkPage:
        """Return up to *limit* of the links that are *wanted* now, behind *after*.

        Links are sorted and filtered by the clicks that they had a while ago, and
        have those that are counted.
        """
        ...

    async def total(self, wanted: LinkFilter, *, now: datetime) -> Total:
        """Return how many links are *wanted* now."""
        ...

    async def list_changed(self, *, limit: int) -> int:
        """Bring up to *limit* links that have changed into the lists.

        Return how many there were; fewer than *limit* means that no more wait.
        """
        ...

    async def list_older(self, *, limit: int) -> int:
        """Bring up to *limit* links from before there were lists into them.

        Return how many there were; 0 means that all are in the lists.
        """
        ...

    async def compare_clicks(self, *, limit: int) -> bool:
        """Bring the clicks of up to *limit* links into the lists, the next ones.

        Return whether those of all links have been compared since the beginning.
        """
        ...
