"""The intervals of a series: consecutive buckets of a period, in its zone."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from enum import StrEnum
from itertools import islice
from typing import Final

from waypost.domain.errors import RangeTooLarge
from waypost.domain.reports.calendar import (
    date_of,
    first_of_month,
    first_of_next_month,
    local,
    start_of_day,
)
from waypost.domain.reports.periods import Period

MAX_BUCKETS: Final = 2_000
MAX_HOURS: Final = 10_000
"""Of which sums are made: those of more than a year."""
MINUTE_MS: Final = 60_000
HOUR_MS: Final = 60 * MINUTE_MS
DAY_MS: Final = 24 * HOUR_MS


class Interval(StrEnum):
    """How long the buckets of a series are."""

    MINUTE = "minute"
    HOUR = "hour"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"


class WeekStart(StrEnum):
    """The day with which weeks begin."""

    MONDAY = "monday"
    SUNDAY = "sunday"


_FIXED: Final = {Interval.MINUTE: MINUTE_MS, Interval.HOUR: HOUR_MS}
_LONGEST: Final = (
    (2 * HOUR_MS, Interval.MINUTE),
    (2 * DAY_MS + HOUR_MS, Interval.HOUR),
    (100 * DAY_MS, Interval.DAY),
    (370 * DAY_MS, Interval.WEEK),
)


def fitting_interval(period: Period) -> Interval:
    """Return the interval that makes a readable number of buckets of *period*."""
    length = period.end_ms - period.start_ms
    return next(
        (interval for longest, interval in _LONGEST if length <= longest),
        Interval.MONTH,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """One interval of a series."""

    at_ms: int
    """Where it begins, also where the period begins later."""
    start_ms: int
    """The first moment that it has in common with the period."""
    end_ms: int
    """The moment after the last one."""
    is_partial: bool
    """Whether the period cuts it."""


def buckets(
    period: Period, interval: Interval, *, week_start: WeekStart = WeekStart.MONDAY
) -> tuple[Bucket, ...]:
    """Return the buckets that have moments of *period*, in order.

    Raises:
        RangeTooLarge: There are more than 2,000.
    """
    found = tuple(islice(_buckets(period, interval, week_start), MAX_BUCKETS + 1))
    if len(found) > MAX_BUCKETS:
        raise RangeTooLarge(
            f"The period has more than {MAX_BUCKETS:,} intervals of a {interval}: "
            "choose a shorter period or a longer interval."
        )
    return found


def hours(period: Period) -> tuple[Bucket, ...]:
    """Return the hours that have moments of *period*, in order.

    Raises:
        RangeTooLarge: There are more than 10,000.
    """
    found = _buckets(period, Interval.HOUR, WeekStart.MONDAY)
    some = tuple(islice(found, MAX_HOURS + 1))
    if len(some) > MAX_HOURS:
        raise RangeTooLarge(
            f"The period has more than {MAX_HOURS:,} hours: choose a shorter one."
        )
    return some


def _buckets(
    period: Period, interval: Interval, week_start: WeekStart
) -> Iterator[Bucket]:
    at = _first(period.start_ms, interval, period.zone, week_start)
    while at < period.end_ms:
        after = _next(at, interval, period.zone)
        if after > period.start_ms:
            yield Bucket(
                at_ms=at,
                start_ms=max(at, period.start_ms),
                end_ms=min(after, period.end_ms),
                is_partial=at < period.start_ms or after > period.end_ms,
            )
        at = after


def _first(
    moment_ms: int, interval: Interval, zone: tzinfo, week_start: WeekStart
) -> int:
    """Return the start of the bucket of a moment, or of one shortly before it."""
    if interval is Interval.MINUTE:
        return _floor(moment_ms, MINUTE_MS, zone)
    if interval is Interval.HOUR:
        # Where clocks were set by half an hour meanwhile, the hours begin elsewhere.
        return _floor(moment_ms - HOUR_MS, HOUR_MS, zone)
    day = date_of(moment_ms, zone)
    if interval is Interval.WEEK:
        day -= timedelta(days=(day.weekday() + (week_start is WeekStart.SUNDAY)) % 7)
    if interval is Interval.MONTH:
        day = first_of_month(day)
    return start_of_day(day, zone)


def _next(at_ms: int, interval: Interval, zone: tzinfo) -> int:
    if length := _FIXED.get(interval):
        return _floor(at_ms, length, zone) + length
    return start_of_day(_following(date_of(at_ms, zone), interval), zone)


def _following(day: date, interval: Interval) -> date:
    if interval is Interval.MONTH:
        return first_of_next_month(day)
    return day + timedelta(days=7 if interval is Interval.WEEK else 1)


def _floor(moment_ms: int, length_ms: int, zone: tzinfo) -> int:
    """Return the last moment at which the clock showed a whole minute or hour.

    Under the offset in force: the clocks of some zones are set by half an hour.
    """
    clock = local(moment_ms, zone).replace(tzinfo=None)
    since_midnight = timedelta(
        hours=clock.hour, minutes=clock.minute, seconds=clock.second
    )
    shown_ms = since_midnight // timedelta(milliseconds=1) + moment_ms % 1_000
    return moment_ms - shown_ms % length_ms
