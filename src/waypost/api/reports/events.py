"""Live reports as server-sent events."""

import re
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from typing import Final

import msgspec

from waypost.api.reports.bodies import Fields, totals_body
from waypost.api.reports.click_bodies import click_body
from waypost.domain.analytics.enriched import EnrichedClick
from waypost.ports.analytics.reports import ClickCursor
from waypost.services.reports.clicks import place_of
from waypost.services.reports.link_names import KnownLinks
from waypost.services.reports.live import LOOK_SECONDS, LiveNews

CONTENT_TYPE: Final = "text/event-stream"
QUIET_SECONDS: Final = 15.0
"""After so long without an event a comment is sent, so that no proxy hangs up."""
_RETRY: Final = b"retry: 2000\n\n"
_COMMENT: Final = b":\n\n"
_ID: Final = re.compile(
    r"([0-9]{1,18})-([0-9]{1,18})-([0-9]{1,9})-([0-9]{1,18})-([ -~]{0,64})"
)


def cursor_of(event_id: str) -> ClickCursor | None:
    """Return the place of the click of an event; None: it is no event's id."""
    found = _ID.fullmatch(event_id)
    if found is None:
        return None
    *place, journal = found.groups()
    return ClickCursor._make([*map(int, place), journal])


class Events:
    """Writes what comes in one stream."""

    def __init__(
        self, news: AsyncIterator[LiveNews], *, known: KnownLinks, default_domain: str
    ) -> None:
        self._news = news
        self._known = known
        self._default_domain = default_domain

    async def written(self) -> AsyncGenerator[bytes]:
        """Yield the events of each second; empty where there were none."""
        quiet, first = 0.0, _RETRY
        async for news in self._news:
            await self._known.load(click.link_id for click in news.clicks)
            events = b"".join(self._of(news))
            quiet = 0.0 if events else quiet + LOOK_SECONDS
            if quiet >= QUIET_SECONDS:
                events, quiet = _COMMENT, 0.0
            yield first + events
            first = b""

    def _of(self, news: LiveNews) -> Iterator[bytes]:
        for click in news.clicks:
            body = click_body(click, self._known, self._default_domain)
            yield _event("click", body, _id(click))
        if news.totals is not None:
            yield _event("totals", totals_body(news.totals))


def _id(click: EnrichedClick) -> str:
    return "-".join(map(str, place_of(click)))


def _event(name: str, body: Fields, event_id: str = "") -> bytes:
    first = f"id: {event_id}\n" if event_id else ""
    # JSON has no line breaks, so its text is one line of the event.
    data = msgspec.json.encode(body)
    return f"{first}event: {name}\ndata: ".encode() + data + b"\n\n"
