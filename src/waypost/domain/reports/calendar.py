"""Days, weeks and months of a zone, as moments.

A moment is milliseconds since 1970 in UTC. Stores know no other time.
"""

from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Final

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_STEP: Final = timedelta(minutes=15)
_MS: Final = timedelta(milliseconds=1)


def ms_of(moment: datetime) -> int:
    """Return *moment* in milliseconds, cut."""
    return (moment - _EPOCH) // _MS


def local(moment_ms: int, zone: tzinfo) -> datetime:
    """Return a moment as the clocks of *zone* show it."""
    return (_EPOCH + moment_ms * _MS).astimezone(zone)


def label(moment_ms: int, zone: tzinfo) -> str:
    """Return a moment in RFC 3339 with the offset of *zone*; `Z` where it is zero."""
    shown = local(moment_ms, zone)
    precision = "milliseconds" if shown.microsecond else "seconds"
    text = shown.isoformat(timespec=precision)
    return text.removesuffix("+00:00") + "Z" if not shown.utcoffset() else text


def start_of_day(day: date, zone: tzinfo) -> int:
    """Return the first moment of *zone* whose date is *day*, or a later one.

    Not always midnight: where clocks are set forward at midnight, the day begins at
    01:00. A date that the zone has left out begins as the next one.
    """
    moment = datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
    while moment.astimezone(zone).date() < day:
        moment += _STEP
    while (moment - _STEP).astimezone(zone).date() >= day:
        moment -= _STEP
    return ms_of(moment)


def date_of(moment_ms: int, zone: tzinfo) -> date:
    """Return the date of a moment in *zone*."""
    return local(moment_ms, zone).date()


def is_start_of_day(moment_ms: int, zone: tzinfo) -> bool:
    """Return whether a day of *zone* begins at this moment."""
    return start_of_day(date_of(moment_ms, zone), zone) == moment_ms


def first_of_month(day: date) -> date:
    """Return the first day of the month of *day*."""
    return day.replace(day=1)


def first_of_next_month(day: date) -> date:
    """Return the first day of the month after that of *day*."""
    return first_of_month(first_of_month(day) + timedelta(days=31))


def months_before(day: date, months: int) -> date:
    """Return the first day of the month that is *months* before that of *day*."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(year, month + 1, 1)
