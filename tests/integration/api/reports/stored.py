"""Links and clicks for tests of reports."""

from datetime import UTC, datetime, timedelta

from tests.integration.api.conftest import Api
from waypost.domain.analytics.dimensions import DIMENSIONS
from waypost.domain.analytics.enriched import EnrichedClick
from waypost.domain.links import Link
from waypost.domain.reports.calendar import ms_of

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)


class FixedClock:
    """A clock that stands still."""

    def now(self) -> datetime:
        """Return noon of a day in May."""
        return NOW


def click(
    sequence: int,
    *,
    link_id: int = 1,
    at: datetime = NOW,
    ago: timedelta = timedelta(),
    visitor: int = 1,
    **values: str,
) -> EnrichedClick:
    """Return a click whose other values are unknown."""
    known = tuple(values.get(dimension) for dimension in DIMENSIONS)
    moment = ms_of(at - ago)
    return EnrichedClick("journal", 0, sequence, link_id, moment, visitor, known)


async def add_clicks(api: Api, *clicks: EnrichedClick) -> None:
    """Store *clicks*."""
    assert api.clicks is not None
    await api.clicks.add(clicks)


async def add_links(api: Api, *codes: str) -> None:
    """Store links whose ids count from 1."""
    links = [
        Link(
            id=number,
            code=code,
            target="https://example.com/",
            created_at=NOW,
            updated_at=NOW,
        )
        for number, code in enumerate(codes, 1)
    ]
    async with api.storage.transaction() as transaction:
        await transaction.links.add(links)
