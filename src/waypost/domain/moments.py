"""Moments as people and programs write them."""

import re
from datetime import UTC, datetime, timedelta
from typing import Final

NOW: Final = "now"
_UNITS: Final = {
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
}
_FROM_NOW: Final = re.compile(r"([+-])([0-9]{1,6})([mhdw])")
MOMENT_RULE: Final = (
    "a moment is written as 2026-03-01T09:30:00Z, with Z or an offset, or from now as "
    "now, +30m, +2h, +7d or -4w"
)


def parse_moment(text: str, *, now: datetime) -> datetime:
    """Return the moment that *text* names, in UTC and whole seconds.

    RFC 3339 with an offset, or counted from *now*: minutes, hours, days, weeks.

    Raises:
        ValueError: It names none, or one that no calendar has.
    """
    return parse_exact_moment(text, now=now).replace(microsecond=0)


def parse_exact_moment(text: str, *, now: datetime) -> datetime:
    """Return the moment that *text* names, in UTC, with its fraction of a second.

    Raises:
        ValueError: It names none, or one that no calendar has.
    """
    try:
        return _parsed(text, now).astimezone(UTC)
    except (ValueError, OverflowError):
        raise ValueError(MOMENT_RULE) from None


def _parsed(text: str, now: datetime) -> datetime:
    if text == NOW:
        return now
    if parts := _FROM_NOW.fullmatch(text):
        sign, number, unit = parts.groups()
        distance = int(number) * _UNITS[unit]
        return now - distance if sign == "-" else now + distance
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None or len(text) < len("2026-03-01T09:30Z"):
        raise ValueError(MOMENT_RULE)
    return moment
