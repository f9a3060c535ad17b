"""Periods as people name them."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from waypost.adapters.zones import TzdataZones
from waypost.domain.errors import InvalidRange, UnknownZone
from waypost.domain.reports.calendar import (
    is_start_of_day,
    label,
    ms_of,
    start_of_day,
)
from waypost.domain.reports.periods import Period, named_period, period_between
from waypost.domain.reports.shares import share

ZONES = TzdataZones()
NOW = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)
SOME_ZONES = (
    "UTC",
    "Europe/Zurich",
    "Africa/Cairo",
    "Asia/Kathmandu",
    "Australia/Lord_Howe",
    "America/St_Johns",
    "Pacific/Apia",
    "Pacific/Kiritimati",
    "America/Havana",
    "Atlantic/Azores",
)


def bounds(period: Period) -> tuple[str, str]:
    """Return the labels of the bounds."""
    return label(period.start_ms, period.zone), label(period.end_ms, period.zone)


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("today", "2026-04-01T00:00:00+02:00", "2026-04-02T00:00:00+02:00"),
        ("yesterday", "2026-03-31T00:00:00+02:00", "2026-04-01T00:00:00+02:00"),
        ("1d", "2026-04-01T00:00:00+02:00", "2026-04-02T00:00:00+02:00"),
        ("7d", "2026-03-26T00:00:00+01:00", "2026-04-02T00:00:00+02:00"),
        ("month", "2026-04-01T00:00:00+02:00", "2026-04-02T00:00:00+02:00"),
        ("1mo", "2026-04-01T00:00:00+02:00", "2026-04-02T00:00:00+02:00"),
        ("12mo", "2025-05-01T00:00:00+02:00", "2026-04-02T00:00:00+02:00"),
        ("year", "2026-01-01T00:00:00+01:00", "2026-04-02T00:00:00+02:00"),
        ("9999mo", "1971-04-01T00:00:00+01:00", "2026-04-02T00:00:00+02:00"),
        ("9999d", "1998-11-16T00:00:00+01:00", "2026-04-02T00:00:00+02:00"),
    ],
)
def test_names_stand_for_days_of_the_zone(name: str, start: str, end: str) -> None:
    """In Zurich it is April already, two hours before it is in UTC."""
    zone = ZONES.zone("Europe/Zurich")
    assert bounds(named_period(name, now=NOW, zone=zone)) == (start, end)


@pytest.mark.parametrize(
    "name", ["", "7", "d", "-7d", "7w", "07d", "\N{ARABIC-INDIC DIGIT SEVEN}d", "all"]
)
def test_other_names_are_refused(name: str) -> None:
    """The refusal lists what there is."""
    with pytest.raises(InvalidRange, match="12mo"):
        named_period(name, now=NOW, zone=ZONES.zone("UTC"))


def test_bounds_are_dates_or_moments() -> None:
    """A date is the start of its day, a moment keeps its milliseconds."""
    cairo = ZONES.zone("Africa/Cairo")
    period = period_between("2026-04-24", "2026-04-24T10:00:00.5Z", now=NOW, zone=cairo)
    assert bounds(period) == (
        "2026-04-24T01:00:00+03:00",
        "2026-04-24T13:00:00.500+03:00",
    )
    until_now = period_between("-1h", None, now=NOW, zone=cairo)
    assert until_now.end_ms - until_now.start_ms == 3_600_000
    assert until_now.end_ms == ms_of(NOW)


@pytest.mark.parametrize(
    ("period", "start"),
    [
        (("2026-03-29", "2026-04-01"), "2026-03-26T00:00:00+01:00"),
        (("2026-03-29T00:00:00+01:00", "2026-04-01"), "2026-03-26T00:00:00+01:00"),
        (("2026-03-29T01:00:00+01:00", "2026-03-29T12:00:00+02:00"), None),
        (("1971-01-01", "9997-01-01"), "1970-01-01T01:00:00+01:00"),
    ],
)
def test_the_period_before_touches(period: tuple[str, str], start: str | None) -> None:
    """Days are compared with days, other lengths with the same, never before 1970."""
    found = period_between(*period, now=NOW, zone=ZONES.zone("Europe/Zurich"))
    before = found.previous()
    assert before.end_ms == found.start_ms
    if start is None:
        assert before.end_ms - before.start_ms == found.end_ms - found.start_ms
    else:
        assert bounds(before)[0] == start


@given(
    day=st.dates(date(1972, 1, 1), date(2090, 1, 1)), name=st.sampled_from(SOME_ZONES)
)
def test_a_day_begins_at_its_first_moment(day: date, name: str) -> None:
    """The moment before is of an earlier date; it is the same by counting minutes."""
    zone = ZONES.zone(name)
    start = start_of_day(day, zone)
    step = timedelta(minutes=5)
    at = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=20)
    while at.astimezone(zone).date() < day:
        at += step
    assert start == ms_of(at)
    assert is_start_of_day(start, zone)
    assert not is_start_of_day(start + 1, zone)


def test_zones_are_those_of_the_package() -> None:
    """A zone is read once; names that are none are refused, with the nearest one."""
    assert ZONES.zone("Europe/Zurich") is ZONES.zone("Europe/Zurich")
    assert ZONES.zone("Europe/Zurich").key == "Europe/Zurich"
    with pytest.raises(UnknownZone, match="Did you mean Asia/Tokyo"):
        ZONES.zone("Asia/Tokio")
    for name in ("", "..", "Europe", "europe/zurich ", "zone.tab", "posix/UTC"):
        with pytest.raises(UnknownZone):
            ZONES.zone(name)


@pytest.mark.parametrize(
    ("part", "whole", "expected"),
    [(0, 0, 0.0), (1, 3, 0.333), (2, 3, 0.667), (1, 2000, 0.001), (5, 5, 1.0)],
)
def test_shares_are_rounded_half_up(part: int, whole: int, expected: float) -> None:
    """In thousandths, from integers."""
    assert share(part, whole) == expected
