"""The bodies of reports: as models, which describe them, and as they are written.

They are written from plain values: a model of thousands of points would be checked in
one step, for which redirects would have to wait.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC
from typing import TypeAlias

from pydantic import Field

from waypost.api.bodies import Body
from waypost.domain.analytics.questions import Numbers
from waypost.domain.reports.calendar import label
from waypost.domain.reports.periods import Period
from waypost.services.reports.asking import Key, Report
from waypost.services.reports.breakdown import BreakdownReport, OtherRow, Row
from waypost.services.reports.series import Point, SeriesReport
from waypost.services.reports.totals import TotalsReport

Name: TypeAlias = Callable[[Key], tuple[str | None, str | None]]
"""Returns the value, and the label for people, of what a report is broken down by."""


class Clicks(Body):
    """How many clicks."""

    all: int
    people: int
    machines: int = Field(description="Clicks of programs, such as search engines.")


class Counted(Body):
    """Clicks, and by how many people."""

    clicks: Clicks
    visitors: int | None = Field(
        description="Different people, each once a day. Null: not known any more."
    )


class ReportBody(Body):
    """What every report says. Moments have the offset of `tz`, `as_of` is in UTC."""

    start: str = Field(alias="from", description="The first moment.")
    end: str = Field(alias="to", description="The moment after the last one.")
    tz: str
    as_of: str | None = Field(
        description="Up to when every click is in it; null: there was none ever."
    )
    revision: int = Field(
        description="Raised by what may lower numbers: erasing clicks, the end of "
        "their retention, and classifying them again."
    )


class PreviousBody(Counted):
    """The numbers of the period before, which ends where this one starts."""

    start: str = Field(alias="from")
    end: str = Field(alias="to")


class TotalsBody(ReportBody, Counted):
    """The numbers of a period."""

    previous: PreviousBody | None = Field(
        description="Null unless `compare=previous` was asked for."
    )


class PointBody(Counted):
    """The numbers of one interval."""

    at: str = Field(description="Where the interval starts.")
    partial: bool = Field(
        default=False,
        description="True where the period has only a part of the interval; else it "
        "is left out.",
        exclude_if=lambda is_partial: not is_partial,
    )


class LineBody(Body):
    """The series of one value."""

    value: str | None = Field(description="Null: unknown.")
    label: str | None = Field(description="The value for people.")
    data: list[PointBody]


class PreviousPoints(Body):
    """The intervals of the period before."""

    start: str = Field(alias="from")
    end: str = Field(alias="to")
    data: list[PointBody]


class SeriesBody(ReportBody):
    """The numbers of consecutive intervals; those without clicks are zero."""

    interval: str
    data: list[PointBody]
    lines: list[LineBody] | None = Field(
        description="Up to ten values, those with the most people first; null unless "
        "`by` was asked for."
    )
    previous: PreviousPoints | None


class RowBody(Counted):
    """The numbers of one value."""

    value: str | None = Field(description="Null: unknown.")
    label: str | None = Field(description="The value for people.")
    share: float = Field(description="Of all people's clicks, rounded to thousandths.")


class OtherBody(Counted):
    """All values that are not listed. One visitor may have several of them."""

    values: int
    share: float


class PreviousRowsBody(Body):
    """The same values in the period before, in the same order."""

    start: str = Field(alias="from")
    end: str = Field(alias="to")
    data: list[RowBody]


class BreakdownBody(ReportBody):
    """The numbers of each value."""

    by: str
    data: list[RowBody]
    other: OtherBody | None = Field(description="Null: all values are listed.")
    previous: PreviousRowsBody | None


Fields: TypeAlias = dict[str, object]
"""A body, or a part of one, as it is written."""


def totals_body(report: TotalsReport) -> Fields:
    """Return the body of totals."""
    previous = report.previous
    return {
        **_report(report),
        **_counted(report.numbers),
        "previous": previous
        and {**_bounds(previous.period), **_counted(previous.numbers)},
    }


def series_body(report: SeriesReport, *, name: Name) -> Fields:
    """Return the body of a series; *name* names its lines."""
    lines, previous = report.lines, report.previous
    return {
        **_report(report),
        "interval": report.interval,
        "data": _points(report.points, report.period),
        "lines": lines
        and [
            {
                **_named(line.key, name),
                "data": _points(line.points, report.period),
            }
            for line in lines
        ],
        "previous": previous
        and {
            **_bounds(previous.period),
            "data": _points(previous.points, previous.period),
        },
    }


def breakdown_body(report: BreakdownReport, *, by: str, name: Name) -> Fields:
    """Return the body of a breakdown; *name* names its rows."""
    previous = report.previous
    return {
        **_report(report),
        "by": by,
        "data": _rows(report.rows, name),
        "other": report.other and _other(report.other),
        "previous": previous
        and {**_bounds(previous.period), "data": _rows(previous.rows, name)},
    }


def _report(report: Report) -> Fields:
    as_of = report.as_of_ms
    return {
        **_bounds(report.period),
        "tz": report.period.zone.key,
        "as_of": None if as_of is None else label(as_of, UTC),
        "revision": report.revision,
    }


def _bounds(period: Period) -> Fields:
    return {
        "from": label(period.start_ms, period.zone),
        "to": label(period.end_ms, period.zone),
    }


def _counted(numbers: Numbers) -> Fields:
    clicks = {
        "all": numbers.clicks,
        "people": numbers.people,
        "machines": numbers.machines,
    }
    return {"clicks": clicks, "visitors": numbers.visitors}


def _points(points: Iterable[Point], period: Period) -> list[Fields]:
    return [
        {
            "at": label(point.bucket.at_ms, period.zone),
            **_counted(point.numbers),
            **({"partial": True} if point.bucket.is_partial else {}),
        }
        for point in points
    ]


def _rows(rows: Iterable[Row], name: Name) -> list[Fields]:
    return [
        {**_named(row.key, name), **_counted(row.numbers), "share": row.share}
        for row in rows
    ]


def _other(other: OtherRow) -> Fields:
    return {
        "values": other.values,
        **_counted(other.numbers),
        "share": other.share,
    }


def _named(key: Key, name: Name) -> Mapping[str, object]:
    value, shown = name(key)
    return {"value": value, "label": shown}
