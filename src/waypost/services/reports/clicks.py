"""Single clicks: a list by pages."""

from collections.abc import Sequence
from dataclasses import dataclass

from waypost.domain.analytics.enriched import EnrichedClick
from waypost.ports.analytics.reports import ClickCursor, ReportStore
from waypost.services.reports.asking import Subject
from waypost.services.reports.cursors import decode_cursor, encode_cursor


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickPage:
    """Some clicks, newest first."""

    clicks: Sequence[EnrichedClick]
    next_cursor: str | None
    """Asks for the clicks behind these; None: there are no more."""


async def click_page(
    subject: Subject, *, cursor: str | None, limit: int, store: ReportStore
) -> ClickPage:
    """Return up to *limit* clicks of *subject* behind *cursor*.

    Raises:
        InvalidCursor: It is none, or that of a list of other clicks.
        RangeTooLarge: It would take the store too much work.
        BackendUnavailable: The store does not answer in time.
    """
    after = decode_cursor(cursor, subject) if cursor is not None else None
    found = await store.clicks(subject.query(), after=after, limit=limit + 1)
    shown = found[:limit]
    more = len(found) > limit
    return ClickPage(
        clicks=shown,
        next_cursor=encode_cursor(place_of(shown[-1]), subject) if more else None,
    )


def place_of(click: EnrichedClick) -> ClickCursor:
    """Return the place of *click* in a list."""
    return ClickCursor(
        click.time_ms, click.link_id, click.lane, click.sequence, click.journal
    )
