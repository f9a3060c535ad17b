"""Clicks as an edge records them, and what they are enriched with in tests."""

from datetime import UTC, datetime
from typing import Final

from waypost.domain.analytics.dimensions import PLACES, Dimension
from waypost.domain.analytics.enriched import EnrichedClick
from waypost.domain.clicks import Click, JournaledClick

PHONE: Final = (
    b"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    b"(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)
NOON: Final = datetime(2026, 3, 5, 12, tzinfo=UTC)
CLICK: Final = Click(
    time_ns=int(NOON.timestamp()) * 1_000_000_000,
    code="spring26",
    link_id=1001,
    address="8.8.8.8",
    query=b"",
    host=b"go.example.com",
    user_agent=PHONE,
    referrer=b"",
    language=b"",
    purpose=b"",
    fetch=b"",
    client_hints=b"",
    privacy=b"",
    sender=b"",
)
"""At noon, by a person."""


def journaled(*clicks: Click) -> list[JournaledClick]:
    """Return *clicks* as one lane of a journal has them."""
    return [JournaledClick("j" * 32, 7, n, click) for n, click in enumerate(clicks, 1)]


def value(click: EnrichedClick, dimension: Dimension) -> str | None:
    """Return what is known of a *dimension*."""
    return click.values[PLACES[dimension]]


class KeptSalts:
    """Salts of days, and the days that were asked for."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.destroyed: set[int] = set()

    async def salt(self, day: int) -> bytes | None:
        """Return the salt of *day*, unless it was destroyed."""
        self.asked.append(day)
        return None if day in self.destroyed else day.to_bytes(32)
