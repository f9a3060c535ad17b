"""Links by names, tags and domains in requests for reports, and names in reports."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from waypost.domain.codes import parse_code
from waypost.domain.domains.table import DomainTable
from waypost.domain.errors import LinkNotFound, RangeTooLarge
from waypost.domain.links import DEFAULT_DOMAIN, Link
from waypost.domain.naming.external_ids import external_id_in
from waypost.ports.links import LinkReader
from waypost.services.tags.context import TagContext
from waypost.services.tags.manage import read_tag

_ID: Final = re.compile(r"id:([1-9][0-9]{0,17})")
_LONGEST: Final = 300
"""Characters of a domain with a code; refusals repeat no longer names."""
_MOST: Final = 10_000
"""Links that are known at a time."""
MOST_OF_DOMAINS: Final = 100_000
"""Links of domains or tags that one report is about: stores are asked for each by its
id."""


def id_name(link_id: int) -> str:
    """Return the name of a link that stays the same if its code changes."""
    return f"id:{link_id}"


async def link_ids(
    names: Collection[str],
    *,
    links: LinkReader,
    default_domain: str,
    table: DomainTable | None = None,
) -> frozenset[int]:
    """Return the ids of the links that are called *names*.

    A name is a code, `domain:code`, `id:1001` or `ext:order-77`. Deleted links are
    found too: their clicks are still there. So is any id, because a link's clicks may
    outlive it. Without a *table*, codes are looked up as they are written.

    Raises:
        LinkNotFound: No link has one of the names, which the text repeats.
        BackendUnavailable: The store does not answer.
    """
    ids = set()
    by_domain: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for name in names:
        if found := _ID.fullmatch(name):
            ids.add(int(found[1]))
        elif (external_id := external_id_in(name)) is not None:
            named = await links.by_external_ids([external_id])
            if not named:
                raise _not_found(name)
            # Those that were deleted had the name before.
            ids.update(link.id for link in named)
        else:
            domain, code = _parsed(name, default_domain)
            stored = table.of(domain).stored(code) if table else code
            by_domain[domain][stored] = name
    for domain, codes in by_domain.items():
        found_links = await links.by_codes(codes, domain=domain)
        ids.update(link.id for link in found_links)
        unknown = codes.keys() - {link.code for link in found_links}
        if unknown:
            raise _not_found(codes[min(unknown)])
    return frozenset(ids)


async def ids_in(domains: Collection[str], *, links: LinkReader) -> frozenset[int]:
    """Return the ids of all links of *domains*, those that are deleted included.

    Raises:
        RangeTooLarge: There are too many.
        BackendUnavailable: The store does not answer.
    """
    found = await links.ids_in(domains, limit=MOST_OF_DOMAINS + 1)
    if len(found) > MOST_OF_DOMAINS:
        raise RangeTooLarge(
            f"These domains have more than {MOST_OF_DOMAINS:,} links: name domains "
            "that have fewer, or links."
        )
    return frozenset(found)


async def ids_tagged(names: Collection[str], *, context: TagContext) -> frozenset[int]:
    """Return the ids of all links with one of the tags *names*, deleted ones included.

    Raises:
        TagNotFound: There is no tag of a name.
        RangeTooLarge: There are too many.
        BackendUnavailable: The store does not answer.
    """
    found: set[int] = set()
    for name in names:
        key = (await read_tag(name, context=context)).key
        found.update(await context.tags.tagged(key, after=0, limit=MOST_OF_DOMAINS + 1))
        if len(found) > MOST_OF_DOMAINS:
            raise RangeTooLarge(
                f"These tags have more than {MOST_OF_DOMAINS:,} links: name tags that "
                "have fewer, or links."
            )
    return frozenset(found)


async def ids_within(
    ids: Collection[int], domains: Collection[str], *, links: LinkReader
) -> frozenset[int]:
    """Return those of *ids* that are of links of *domains*.

    Raises:
        BackendUnavailable: The store does not answer.
    """
    found = await links.by_ids(ids)
    return frozenset(link.id for link in found if link.domain in domains)


def _parsed(name: str, default_domain: str) -> tuple[str, str]:
    domain, _, text = name.rpartition(":")
    code = parse_code(text) if text else None
    if code is None:
        raise _not_found(name)
    host = domain.lower()
    return DEFAULT_DOMAIN if host == default_domain else host, code


def _not_found(name: str) -> LinkNotFound:
    if len(name) > _LONGEST:
        return LinkNotFound("No link has so long a name.")
    return LinkNotFound(
        f"No link is called {name}. Use its code, its domain and code such as "
        "go.example.com:spring, or its number such as id:1001."
    )


@dataclass(slots=True)
class KnownLinks:
    """Links by id, looked up when they are first needed, and bounded."""

    links: LinkReader
    _known: dict[int, Link | None] = field(default_factory=dict)

    async def load(self, ids: Iterable[int]) -> None:
        """Look up those of *ids* that are not known.

        Raises:
            BackendUnavailable: The store does not answer.
        """
        wanted = set(ids)
        if len(self._known) > _MOST:
            self._known.clear()
        missing = wanted - self._known.keys()
        if missing:
            self._known.update(dict.fromkeys(missing))
            found: Sequence[Link] = await self.links.by_ids(missing)
            self._known.update((link.id, link) for link in found)

    def get(self, link_id: int) -> Link | None:
        """Return a link that was loaded; None: there is none any more."""
        return self._known.get(link_id)
