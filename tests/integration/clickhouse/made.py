"""Clicks for tests, and what a store holds of them."""

from collections.abc import Sequence

from tests.clickhouse.fixtures import SECONDS
from waypost.adapters.clickhouse.client import Address, ClickHouse
from waypost.domain.analytics.dimensions import DIMENSIONS, PLACES, Dimension
from waypost.domain.analytics.enriched import DAY_MS, EnrichedClick
from waypost.domain.analytics.questions import ClickQuery, Numbers, Totals
from waypost.ports.analytics.reports import ReportStore

DAY = 20_000
NOON = DAY * DAY_MS + DAY_MS // 2
EVER = ClickQuery(start_ms=0, end_ms=40_000 * DAY_MS)


def click(
    sequence: int, *, day: int = DAY, link_id: int = 1, journal: str = "journal"
) -> EnrichedClick:
    """Return a person's click, whose visitor is its sequence."""
    values: list[str | None] = [None] * len(DIMENSIONS)
    values[PLACES[Dimension.COUNTRY]] = "CH"
    values[PLACES[Dimension.AGENT]] = "Mozilla/5.0"
    return EnrichedClick(
        journal,
        sequence % 4,
        sequence,
        link_id,
        day * DAY_MS + sequence % DAY_MS,
        sequence,
        tuple(values),
        f"code{link_id}",
    )


def clicks_of(
    first: int, number: int, *, day: int = DAY, journal: str = "journal"
) -> list[EnrichedClick]:
    """Return *number* clicks from the sequence *first* on."""
    return [
        click(each, day=day, journal=journal) for each in range(first, first + number)
    ]


async def total(store: ReportStore, query: ClickQuery = EVER) -> Numbers:
    """Return the numbers of all clicks."""
    (numbers,) = (await store.ask(query, [Totals()])).answers
    assert isinstance(numbers, Numbers)
    return numbers


async def rows_in(address: Address, sql: str) -> Sequence[tuple[object, ...]]:
    """Return what *sql* finds on the server itself."""
    server = ClickHouse(address, timeout_seconds=SECONDS, max_rows_to_read=0)
    try:
        return await server.read(sql, {})
    finally:
        await server.aclose()
