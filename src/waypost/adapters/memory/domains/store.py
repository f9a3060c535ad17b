"""Domains in this process's memory, with the links that they have."""

from collections import ChainMap
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence

from waypost.domain.domains.domains import LinkDomain
from waypost.domain.links import Link
from waypost.ports.domains.recoding import recoded_links
from waypost.ports.domains.store import MOST_COUNTED, Recoded

Stored = MutableMapping[str, LinkDomain | None]
"""By host; None: it was removed."""
Logos = MutableMapping[str, str | None]
"""By host; None: it has none."""


class MemoryDomains:
    """Look-ups in what is stored. Its methods are described at the port."""

    def __init__(
        self,
        domains: Mapping[str, LinkDomain | None],
        links: Mapping[int, Link],
        logos: Mapping[str, str | None],
    ) -> None:
        self._domains = domains
        self._links = links
        self._logos = logos

    async def all(self) -> Sequence[LinkDomain]:
        """Return every domain that was added or changed, by host."""
        found = (self._domains[host] for host in sorted(self._domains))
        return [domain for domain in found if domain is not None]

    async def links(self, host: str) -> int:
        """Return how many links a domain has, up to a bound."""
        return min(_count(self._links, host), MOST_COUNTED + 1)

    async def logo(self, host: str) -> str | None:
        """Return the logo of a domain, or None."""
        return self._logos.get(host)


class MemoryDomainWriter:
    """Changes, in a mapping of their own until they are committed."""

    def __init__(  # noqa: PLR0913  # the tables that it changes
        self,
        stored: Stored,
        changes: Stored,
        links: Mapping[int, Link],
        *,
        logos: Logos,
        begin: Callable[[], Awaitable[None]],
        change: Callable[[Link, Link], None],
    ) -> None:
        """Change links with *change*, which gets them before and after.

        New logos are put into *logos*.
        """
        self._logos = logos
        self._change = change
        self._domains = ChainMap(changes, stored)
        self._links = links
        self._begin = begin

    async def hold(self) -> None:
        """Keep other transactions from changing domains before this one ends."""
        await self._begin()

    async def get(self, host: str) -> LinkDomain | None:
        """Return the domain with exactly this host, or None."""
        await self._begin()
        return self._domains.get(host)

    async def put(self, domain: LinkDomain) -> None:
        """Store *domain*, in place of what is stored of its host."""
        await self._begin()
        self._domains[domain.host] = domain

    async def put_logo(self, host: str, logo: str | None) -> None:
        """Store the logo of a domain, or that it has none."""
        await self._begin()
        self._logos[host] = logo

    async def remove(self, host: str) -> None:
        """Remove a domain, with its logo."""
        await self._begin()
        self._domains[host] = self._logos[host] = None

    async def recode(self, domain: LinkDomain) -> Recoded:
        """Store the codes of a domain's links in the form that *domain* says."""
        await self._begin()
        found = [link for link in self._links.values() if link.domain == domain.host]
        recoded = recoded_links(found, domain)
        if not recoded.collisions and not recoded.are_too_many:
            for new in recoded.links:
                self._change(self._links[new.id], new)
        return recoded

    async def has_links(self, host: str) -> bool:
        """Return whether a domain has links that are not deleted."""
        await self._begin()
        return _count(self._links, host) > 0


def _count(links: Mapping[int, Link], host: str) -> int:
    return sum(
        link.domain == host and link.deleted_at is None for link in links.values()
    )
