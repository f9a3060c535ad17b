"""The intervals of a series."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.domain.reports.test_periods import NOW, SOME_ZONES, ZONES
from waypost.domain.errors import RangeTooLarge
from waypost.domain.reports.calendar import label, local, ms_of
from waypost.domain.reports.intervals import (
    MAX_BUCKETS,
    Interval,
    buckets,
    fitting_interval,
)
from waypost.domain.reports.periods import Period, period_between

HOUR_MS = 3_600_000


def labels(start: str, end: str, interval: Interval, zone: str) -> list[str]:
    """Return where the intervals of a period start."""
    period = period_between(start, end, now=NOW, zone=ZONES.zone(zone))
    return [label(each.at_ms, period.zone) for each in buckets(period, interval)]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (
            "2026-04-05T00:00:00+11:00",
            "2026-04-05T03:00:00+10:30",
            ["00:00:00+11", "01:00:00+11", "01:30:00+10", "02:00:00+10"],
        ),
        (
            "2026-10-04T00:00:00+10:30",
            "2026-10-04T04:00:00+11:00",
            ["00:00:00+10", "01:00:00+10", "02:30:00+11", "03:00:00+11"],
        ),
        (
            "2026-04-05T01:45:00+10:30",
            "2026-04-05T02:15:00+10:30",
            ["01:30:00+10", "02:00:00+10"],
        ),
    ],
)
def test_clocks_that_are_set_by_half_an_hour(
    start: str, end: str, expected: list[str]
) -> None:
    """Hours begin at full hours of the clock, before and after; one is half as long."""
    found = labels(start, end, Interval.HOUR, "Australia/Lord_Howe")
    assert [each[11:22] for each in found] == expected


def test_a_date_that_was_left_out_has_no_interval() -> None:
    """Samoa went from 29 to 31 December 2011."""
    found = labels("2011-12-28", "2012-01-02", Interval.DAY, "Pacific/Apia")
    assert [each[:10] for each in found] == [
        "2011-12-28",
        "2011-12-29",
        "2011-12-31",
        "2012-01-01",
    ]


@given(
    start=st.datetimes(datetime(1972, 1, 2), datetime(2090, 1, 1)),  # noqa: DTZ001 - they are of UTC
    length=st.timedeltas(timedelta(milliseconds=1), timedelta(days=30)),
    interval=st.sampled_from(Interval),
    zone=st.sampled_from(SOME_ZONES),
)
def test_intervals_cover_the_period_once(
    start: datetime, length: timedelta, interval: Interval, zone: str
) -> None:
    """They touch, begin and end with the period, and are partial only at its ends."""
    start_ms = ms_of(start.replace(tzinfo=UTC))
    period = Period(
        start_ms=start_ms,
        end_ms=start_ms + max(length // timedelta(milliseconds=1), 1),
        zone=ZONES.zone(zone),
    )
    try:
        found = buckets(period, interval)
    except RangeTooLarge:
        assert period.end_ms - period.start_ms > MAX_BUCKETS * 60_000 * 0.9
        return
    assert found[0].start_ms == period.start_ms
    assert found[-1].end_ms == period.end_ms
    for one, after in pairwise(found):
        assert one.start_ms < one.end_ms == after.start_ms == after.at_ms
    assert not any(each.is_partial for each in found[1:-1])
    assert found[0].is_partial == (found[0].at_ms < period.start_ms) or len(found) == 1
    if interval in {Interval.DAY, Interval.WEEK, Interval.MONTH}:
        dates = [local(each.at_ms, period.zone).date() for each in found]
        assert dates == sorted(set(dates))


@pytest.mark.parametrize(
    ("length", "interval"),
    [
        (2 * HOUR_MS, Interval.MINUTE),
        (25 * HOUR_MS, Interval.HOUR),
        (7 * 24 * HOUR_MS, Interval.DAY),
        (90 * 24 * HOUR_MS, Interval.DAY),
        (366 * 24 * HOUR_MS, Interval.WEEK),
        (3 * 366 * 24 * HOUR_MS, Interval.MONTH),
    ],
)
def test_the_interval_fits_the_period(length: int, interval: Interval) -> None:
    """Neither a handful of intervals, nor hundreds."""
    now = ms_of(NOW)
    period = Period(start_ms=now - length, end_ms=now, zone=ZONES.zone("UTC"))
    assert fitting_interval(period) is interval
    assert 2 <= len(buckets(period, interval)) <= 130


def test_too_many_intervals_are_refused() -> None:
    """The refusal says what to do; exactly as many as are allowed are made."""
    for minutes, is_allowed in [(MAX_BUCKETS, True), (MAX_BUCKETS + 1, False)]:
        period = Period(start_ms=0, end_ms=minutes * 60_000, zone=ZONES.zone("UTC"))
        if is_allowed:
            assert len(buckets(period, Interval.MINUTE)) == MAX_BUCKETS
            continue
        with pytest.raises(RangeTooLarge, match="longer interval"):
            buckets(period, Interval.MINUTE)
