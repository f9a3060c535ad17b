"""`/robots.txt`: which links search engines may follow (RFC 9309), by domain."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from fastapi import APIRouter, Request, Response

from waypost.api.context import ApiContext, context_of
from waypost.api.late.route import LateRoute
from waypost.domain.links import CountedLink, path_of
from waypost.domain.listing.filters import LinkFilter, Sort
from waypost.domain.verdict import LinkState
from waypost.http.headers import TEXT
from waypost.services.lists.pages import ListQuery, list_links

router = APIRouter(include_in_schema=False, route_class=LateRoute)

MAX_LINKS: Final = 1_000
"""How many links are allowed one by one: the newest."""
MAX_CHARACTERS: Final = 400_000
"""How long the file becomes: a crawler may stop after 500 KiB."""
_KEPT: Final = timedelta(minutes=1)
_MOST_KEPT: Final = 50
"""Domains whose files are kept: those that were asked for last."""
_NEWEST: Final = ListQuery(
    wanted=LinkFilter(states=frozenset({LinkState.ACTIVE}), crawlable=True),
    sort=Sort(),
    limit=MAX_LINKS,
)
# Trusted proxies may say the domain.
_FOR_AN_HOUR: Final = {
    "Cache-Control": "public, max-age=3600",
    "Vary": "X-Forwarded-Host, Forwarded",
}


@router.get("/robots.txt")
async def robots(request: Request) -> Response:
    """Allow the start page, the reference, and the domain's links that say so."""
    kept: KeptRobots = request.app.state.robots
    context = context_of(request)
    text = await kept.text(context.visited(request.scope).host, context)
    return Response(text, media_type=TEXT, headers=_FOR_AN_HOUR)


class _Kept(NamedTuple):
    text: str
    until: datetime


class KeptRobots:
    """The files, made anew once a minute at most: anyone can ask for them often."""

    def __init__(self) -> None:
        self._kept: dict[str, _Kept] = {}

    async def text(self, domain: str, context: ApiContext) -> str:
        """Return the file of *domain*, as links are stored with it.

        Raises:
            BackendUnavailable: The store does not answer; a crawler stays away then.
        """
        now = context.links.clock.now()
        kept = self._kept.pop(domain, None)
        if kept is None or now >= kept.until:
            kept = _Kept(await _made(domain, context), now + _KEPT)
        self._kept[domain] = kept
        while len(self._kept) > _MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        return kept.text


async def _made(domain: str, context: ApiContext) -> str:
    query, links = _NEWEST, context.links
    if links.domains.table.others:
        wanted = replace(query.wanted, domains=frozenset({domain}))
        query = replace(query, wanted=wanted)
    found = await list_links(query, lists=links.lists, clock=links.clock)
    return robots_text(found.links)


def robots_text(links: Iterable[CountedLink]) -> str:
    """Return the file that allows *links* of one domain, as far as there is room."""
    return "".join(_lines(links))


def _lines(links: Iterable[CountedLink]) -> Iterator[str]:
    # The longest rule decides, so that all others go before `/`. `$` ends a path.
    yield "User-agent: *\nAllow: /$\nAllow: /docs$\nAllow: /assets/\nAllow: /favicon.\n"
    room = MAX_CHARACTERS
    for counted in links:
        line = f"Allow: {path_of(counted.link.shown_code)}$\n"
        room -= len(line)
        if room < 0:
            break
        yield line
    yield "Disallow: /\n"
