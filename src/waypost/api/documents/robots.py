"""`/robots.txt`: which links search engines may follow (RFC 9309)."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final

from fastapi import APIRouter, Request, Response

from waypost.api.context import ApiContext, context_of
from waypost.domain.links import CountedLink, path_of
from waypost.domain.listing.filters import LinkFilter, Sort
from waypost.domain.verdict import LinkState
from waypost.http.headers import TEXT
from waypost.services.lists.pages import ListQuery, list_links

router = APIRouter(include_in_schema=False)

MAX_LINKS: Final = 1_000
"""How many links are allowed one by one: the newest."""
MAX_CHARACTERS: Final = 400_000
"""How long the file becomes: a crawler may stop after 500 KiB."""
_KEPT: Final = timedelta(minutes=1)
_NEWEST: Final = ListQuery(
    wanted=LinkFilter(states=frozenset({LinkState.ACTIVE}), crawlable=True),
    sort=Sort(),
    limit=MAX_LINKS,
)
_FOR_AN_HOUR: Final = {"Cache-Control": "public, max-age=3600"}


@router.get("/robots.txt")
async def robots(request: Request) -> Response:
    """Allow the start page, the reference, and the links that say so."""
    kept: KeptRobots = request.app.state.robots
    text = await kept.text(context_of(request))
    return Response(text, media_type=TEXT, headers=_FOR_AN_HOUR)


class KeptRobots:
    """The file, made anew once a minute at most: anyone can ask for it at any rate."""

    def __init__(self) -> None:
        self._text = ""
        self._until: datetime | None = None

    async def text(self, context: ApiContext) -> str:
        """Return the file.

        Raises:
            BackendUnavailable: The store does not answer; a crawler stays away then.
        """
        now = context.links.clock.now()
        if self._until is None or now >= self._until:
            found = await list_links(
                _NEWEST, lists=context.links.lists, clock=context.links.clock
            )
            self._text = robots_text(found.links)
            self._until = now + _KEPT
        return self._text


def robots_text(links: Iterable[CountedLink]) -> str:
    """Return the file that allows *links*, as far as there is room."""
    return "".join(_lines(links))


def _lines(links: Iterable[CountedLink]) -> Iterator[str]:
    # The longest rule decides, so that all others go before `/`. `$` ends a path.
    yield "User-agent: *\nAllow: /$\nAllow: /docs$\nAllow: /assets/\nAllow: /favicon.\n"
    room = MAX_CHARACTERS
    for counted in links:
        if counted.link.domain:
            continue  # It has a file of its own there.
        line = f"Allow: {path_of(counted.link.shown_code)}$\n"
        room -= len(line)
        if room < 0:
            break
        yield line
    yield "Disallow: /\n"
