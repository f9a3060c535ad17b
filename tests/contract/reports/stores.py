"""A store of clicks, as the tests of its promises use it."""

from collections.abc import Sequence
from typing import Protocol

from waypost.domain.analytics.dimensions import DIMENSIONS
from waypost.domain.analytics.enriched import EnrichedClick
from waypost.domain.analytics.questions import ClickQuery
from waypost.ports.analytics.administration import ClickAdministration
from waypost.ports.analytics.reports import ClickColumns, ReportStore
from waypost.ports.analytics.rows import ClickRows, VisitorSalts
from waypost.ports.batch.columns import Column


class ClickStore(ClickRows, VisitorSalts, ReportStore, ClickAdministration, Protocol):
    """All sides of a store of clicks."""


async def keep_all(store: ClickStore, *, now_ms: int) -> None:
    """Do all upkeep that is due at *now_ms*."""
    while await store.keep(now_ms=now_ms):
        pass


async def exported(store: ReportStore, query: ClickQuery) -> Sequence[EnrichedClick]:
    """Return all clicks of an export, without visitors."""
    return [click async for batch in store.export(query) for click in clicks_of(batch)]


def clicks_of(batch: ClickColumns) -> Sequence[EnrichedClick]:
    """Return the clicks of *batch*, which has all dimensions and is not empty."""
    columns: Sequence[Column] = (
        batch.journal,
        batch.lane,
        batch.sequence,
        batch.link_id,
        batch.time_ms,
        *batch.values,
    )
    assert len(batch.values) == len(DIMENSIONS)
    assert len(batch.lane) > 0
    rows = zip(*(column.plain() for column in columns), strict=True)
    return [_click(row) for row in rows]


def _click(row: Sequence[object]) -> EnrichedClick:
    journal, lane, sequence, link_id, time_ms, *values = row
    numbers = []
    for number in (lane, sequence, link_id, time_ms):
        assert isinstance(number, int)
        numbers.append(number)
    texts = []
    for text in values:
        assert text is None or isinstance(text, str)
        texts.append(text)
    lane_, sequence_, link, moment = numbers
    assert isinstance(journal, str)
    return EnrichedClick(journal, lane_, sequence_, link, moment, 0, tuple(texts))
