"""A link in the form in which the edge caches it."""

from collections.abc import Callable

from waypost.domain.clicks import lane_of
from waypost.domain.links import Link
from waypost.domain.verdict import location_of, plan_of
from waypost.ports.near_cache import NearEntry


def compile_link(
    link: Link, *, country_of: Callable[[str], str] | None = None
) -> NearEntry:
    """Return the cache entry of *link*, encoded as far as possible.

    *country_of* returns the countries of addresses. None: they are unknown.
    """
    return NearEntry(
        code=link.code,
        link_id=link.id,
        lane=lane_of(link.code),
        location=location_of(link.target, link.options).encode("ascii"),
        version=link.version,
        plan=plan_of(link, country_of=country_of),
        domain=link.domain,
        title=link.options.title,
    )
