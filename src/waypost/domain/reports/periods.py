"""The period of a report: as people name it, and as moments."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from waypost.domain.errors import InvalidRange
from waypost.domain.moments import MOMENT_RULE, parse_exact_moment
from waypost.domain.reports.calendar import (
    date_of,
    first_of_month,
    is_start_of_day,
    months_before,
    ms_of,
    start_of_day,
)

DEFAULT_PERIOD: Final = "30d"
ALL: Final = "all"
"""From the first click on: its start is found in the store, see `since`."""
PERIOD_RULE: Final = (
    "a period is today, yesterday, a number of days such as 7d, a number of months "
    "such as 12mo, month, year, or all"
)
_SPAN: Final = re.compile(r"([1-9][0-9]{0,3})(d|mo)")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_YEARS: Final = range(1971, 9998)
_FIRST_ORDINAL: Final = date(1970, 1, 1).toordinal()
"""No period begins before this day, also none that another is compared with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """The moments from a first one to before a last one, as a zone sees them."""

    start_ms: int
    end_ms: int
    """The moment after the last one."""
    zone: ZoneInfo

    def __post_init__(self) -> None:
        """Refuse a period without a moment."""
        assert self.start_ms < self.end_ms, "a period has moments"

    def previous(self) -> "Period":
        """Return the period before this one; the two touch.

        Whole days are compared with as many days of the calendar, and other periods
        with the same length.
        """
        start_ms = self.start_ms - (self.end_ms - self.start_ms)
        if self._has_whole_days():
            first, after = (
                date_of(moment, self.zone) for moment in (self.start_ms, self.end_ms)
            )
            earlier = max(2 * first.toordinal() - after.toordinal(), _FIRST_ORDINAL)
            start_ms = start_of_day(date.fromordinal(earlier), self.zone)
        return Period(start_ms=max(start_ms, 0), end_ms=self.start_ms, zone=self.zone)

    def _has_whole_days(self) -> bool:
        return is_start_of_day(self.start_ms, self.zone) and is_start_of_day(
            self.end_ms, self.zone
        )


def named_period(name: str, *, now: datetime, zone: ZoneInfo) -> Period:
    """Return the whole days of *zone* that *name* stands for, today included.

    `all` is not among them.

    Raises:
        InvalidRange: It is no name of a period, or too long.
    """
    today = now.astimezone(zone).date()
    first, last = _named_days(name, today)
    return days(first, last, zone)


def since(moment_ms: int, *, now: datetime, zone: ZoneInfo) -> Period:
    """Return the whole days of *zone* from the one of a moment until today."""
    today = now.astimezone(zone).date()
    return days(min(date_of(moment_ms, zone), today), today, zone)


def days(first: date, last: date, zone: ZoneInfo) -> Period:
    """Return the days of *zone* from *first* to *last*."""
    end_ms = start_of_day(last + timedelta(days=1), zone)
    return Period(start_ms=start_of_day(first, zone), end_ms=end_ms, zone=zone)


def _named_days(name: str, today: date) -> tuple[date, date]:
    match name:
        case "today":
            return today, today
        case "yesterday":
            yesterday = today - timedelta(days=1)
            return yesterday, yesterday
        case "month":
            return first_of_month(today), today
        case "year":
            return date(today.year, 1, 1), today
    if found := _SPAN.fullmatch(name):
        return _span(int(found[1]), found[2], today), today
    raise InvalidRange(f"{PERIOD_RULE[0].upper()}{PERIOD_RULE[1:]}.")


def _span(number: int, unit: str, today: date) -> date:
    if unit == "d":
        return today - timedelta(days=number - 1)
    return months_before(today, min(number - 1, 12 * (today.year - _YEARS.start)))


def period_between(
    start: str, end: str | None, *, now: datetime, zone: ZoneInfo
) -> Period:
    """Return the period from *start* to before *end*; None: until now.

    Each is a moment, a date, which stands for the start of that day in *zone*, or
    relative to now, such as `-7d`.

    Raises:
        InvalidRange: One of them is none of these, or the period has no moment.
    """
    start_ms = _moment(start, "from", now, zone)
    end_ms = ms_of(now) if end is None else _moment(end, "to", now, zone)
    if start_ms >= end_ms:
        raise InvalidRange(
            "from must be before to. The last moment of a period is the one before to: "
            "a whole day ends with the date of the next one."
        )
    return Period(start_ms=start_ms, end_ms=end_ms, zone=zone)


def _moment(text: str, name: str, now: datetime, zone: ZoneInfo) -> int:
    try:
        if _DATE.fullmatch(text):
            day = date.fromisoformat(text)
            _covered(day, name)
            return start_of_day(day, zone)
        moment = parse_exact_moment(text, now=now.astimezone(UTC))
        _covered(moment, name)
        return ms_of(moment)
    except ValueError:
        raise InvalidRange(
            f"{name} is no moment: {MOMENT_RULE}; or as a date, such as 2026-03-01."
        ) from None


def _covered(day: date, name: str) -> None:
    if day.year not in _YEARS:
        raise InvalidRange(f"{name} lies outside of the years 1971 to 9997.")
