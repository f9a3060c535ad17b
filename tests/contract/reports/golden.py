"""Golden reports: clicks and requests as `contracts/reports` has them."""

import json
from datetime import datetime
from typing import TypeAlias

import msgspec

from tests.contract.reports.stores import ClickStore
from waypost.adapters.zones import TzdataZones
from waypost.api.reports.bodies import breakdown_body, series_body, totals_body
from waypost.domain.analytics.dimensions import DIMENSIONS
from waypost.domain.analytics.enriched import EnrichedClick
from waypost.domain.analytics.questions import Filter, Order
from waypost.domain.reports.calendar import ms_of
from waypost.domain.reports.intervals import Interval, WeekStart
from waypost.domain.reports.periods import period_between
from waypost.services.reports.asking import Listing, Subject
from waypost.services.reports.breakdown import breakdown
from waypost.services.reports.series import Intervals, series
from waypost.services.reports.totals import totals

ZONES = TzdataZones()
NOW = datetime.fromisoformat("2026-06-01T12:00:00Z")
BEYOND = {"as_of", "revision", "label", "lines"}
"""What reports say beyond the numbers of the vectors."""

Json: TypeAlias = dict[str, "Json"] | list["Json"] | str | int | float | bool | None


class GoldenClick(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A click; what is not named is unknown."""

    id: str
    link: str
    at: datetime
    visitor: str | None = None
    country: str | None = None
    channel: str | None = None
    browser: str | None = None
    machine: str | None = None
    agent: str | None = None

    def enriched(self) -> EnrichedClick:
        """Return it as a store takes it."""
        journal, lane, sequence = self.id.split("/")
        return EnrichedClick(
            journal,
            int(lane),
            int(sequence) + 1,
            link_id(self.link),
            ms_of(self.at),
            int.from_bytes(self.visitor.encode()) if self.visitor else 0,
            tuple(getattr(self, dimension, None) for dimension in DIMENSIONS),
        )


class GoldenRequest(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """A request for a report."""

    report: str
    scope: str | list[str]
    start: str = msgspec.field(name="from")
    end: str = msgspec.field(name="to")
    tz: str = "UTC"
    filters: dict[str, list[str | None]] = {}
    interval: str = "day"
    week_start: str = "monday"
    by: str = "country"
    sort: str = "-people"
    limit: int = 10
    compare: str | None = None

    @property
    def subject(self) -> Subject:
        """Which clicks it is about."""
        zone = ZONES.zone(self.tz)
        dimensions = {dimension.value: dimension for dimension in DIMENSIONS}
        return Subject(
            period=period_between(self.start, self.end, now=NOW, zone=zone),
            links=(
                None if self.scope == "all" else frozenset(map(link_id, self.scope))
            ),
            filters=tuple(
                Filter(dimension=dimensions[name], values=frozenset(values))
                for name, values in self.filters.items()
            ),
        )


def link_id(name: str) -> int:
    """Return the id of the link that is called *name*."""
    return 1_000 + ord(name)


async def makes(
    store: ClickStore, request: GoldenRequest, expected: msgspec.Raw
) -> bool:
    """Return whether the report that *request* gets is the expected one."""
    body: Json = json.loads(await _body(store, request))
    found = _without(body)
    # Only totals name it in the vectors where it was not asked for.
    return found == {"previous": None, **json.loads(bytes(expected))}


async def _body(store: ClickStore, request: GoldenRequest) -> bytes:
    subject, is_compared = request.subject, request.compare is not None
    if request.report == "totals":
        found = await totals(subject, is_compared=is_compared, store=store)
        return msgspec.json.encode(totals_body(found))
    if request.report == "series":
        intervals = Intervals(
            interval=Interval(request.interval),
            week_start=WeekStart(request.week_start),
        )
        line = await series(
            subject, intervals, is_compared=is_compared, by=None, store=store
        )
        return msgspec.json.encode(series_body(line, name=_name))
    by = {dimension.value: dimension for dimension in DIMENSIONS}[request.by]
    listing = Listing(Order(request.sort), request.limit)
    ranked = await breakdown(subject, by, listing, is_compared=is_compared, store=store)
    return msgspec.json.encode(breakdown_body(ranked, by=by, name=_name))


def _name(key: str | int | None) -> tuple[str | None, str | None]:
    return (None if key is None else str(key), None)


def _without(value: Json) -> Json:
    """Return *value* without what the vectors leave out."""
    if isinstance(value, list):
        return [_without(each) for each in value]
    if isinstance(value, dict):
        return {name: _without(v) for name, v in value.items() if name not in BEYOND}
    return value
