"""Hours of the week in a time zone, over midnight and changes of the clock too."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Final
from zoneinfo import ZoneInfo

from waypost.domain.spelling import nearest
from waypost.domain.targeting.problems import Problems
from waypost.domain.targeting.visitor import Visitor
from waypost.domain.wrong.codes import FieldCode
from waypost.domain.wrong.values import Place

DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""In the order of `datetime.weekday`."""

_PACKAGE: Final = "tzdata"
_TIME: Final = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_GRID: Final = 15
"""In minutes: zones differ from UTC by multiples of it, and clocks change at them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hours:
    """The local time lies in hours that begin on some days of the week."""

    days: frozenset[int]
    first: int
    """The first minute of the day, counted from midnight."""
    end: int
    """The minute after the last one; on the next day if it is not after the first."""
    zone: ZoneInfo

    def holds(self, visitor: Visitor) -> bool:
        """Return whether the moment lies in them, by the clocks of the zone."""
        local = visitor.now.astimezone(self.zone)
        minute, day = local.hour * 60 + local.minute, local.weekday()
        if self.first < self.end:
            return day in self.days and self.first <= minute < self.end
        return (day in self.days and minute >= self.first) or (
            (day - 1) % 7 in self.days and minute < self.end
        )

    def lasts(self, now: datetime) -> int:
        """Return the seconds to the next moment at which they can begin or end.

        It may be less, so that it is right when the clocks of the zone change, too.
        """
        minute = now.astimezone(UTC).minute
        ends = (-(minute - at) % _GRID or _GRID for at in (0, self.first, self.end))
        until = now.replace(second=0, microsecond=0) + timedelta(minutes=min(ends))
        return (until - now) // timedelta(seconds=1)


def read_hours(
    value: object, at: Place, problems: Problems
) -> tuple[Mapping[str, object], Hours] | None:
    """Return *value* in its normal form and compiled; None: it is noted as wrong."""
    if not isinstance(value, Mapping):
        problems.add(
            at,
            FieldCode.WRONG_TYPE,
            'Hours are an object with "from", "to" and "zone".',
        )
        return None
    for name in value.keys() - {"days", "from", "to", "zone"}:
        detail = "There is no such field. There are days, from, to, zone."
        problems.add((*at, name), FieldCode.UNKNOWN_FIELD, detail)
    days = _days(value.get("days"), (*at, "days"), problems)
    first = _minute(value.get("from"), (*at, "from"), problems)
    end = _minute(value.get("to"), (*at, "to"), problems)
    zone = _zone(value.get("zone"), (*at, "zone"), problems)
    if days is None or first is None or end is None or zone is None:
        return None
    normal = {
        "days": [name for place, name in enumerate(DAYS) if place in days],
        "from": value["from"],
        "to": value["to"],
        "zone": zone.key,
    }
    return normal, Hours(days=days, first=first, end=end, zone=zone)


def _days(value: object, at: Place, problems: Problems) -> frozenset[int] | None:
    if value is None:
        return frozenset(range(len(DAYS)))
    if not isinstance(value, list) or not value:
        problems.add(at, FieldCode.WRONG_TYPE, f"Days are a list of {', '.join(DAYS)}.")
        return None
    wrong = [place for place, day in enumerate(value) if day not in DAYS]
    for place in wrong:
        problems.add(
            (*at, place), FieldCode.UNKNOWN_DAY, f"Days are {', '.join(DAYS)}."
        )
    return None if wrong else frozenset(map(DAYS.index, value))


def _minute(value: object, at: Place, problems: Problems) -> int | None:
    found = _TIME.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        problems.add(
            at, FieldCode.INVALID_TIME, "A time is written as 22:00, from 00:00 on."
        )
        return None
    return int(found[1]) * 60 + int(found[2])


def _zone(value: object, at: Place, problems: Problems) -> ZoneInfo | None:
    if isinstance(value, str) and value in _zone_names():
        return zone_called(value)
    meant = nearest(value, _zone_names()) if isinstance(value, str) else None
    advice = f"Did you mean {meant}?" if meant else "Use a name such as Europe/Zurich."
    problems.add(at, FieldCode.UNKNOWN_ZONE, f"There is no such time zone. {advice}")
    return None


@lru_cache(maxsize=1)
def _zone_names() -> frozenset[str]:
    return frozenset(files(_PACKAGE).joinpath("zones").read_text("ascii").split())


@lru_cache
def zone_called(name: str) -> ZoneInfo:
    """Return a zone of the package, whose data is the same for all processes."""
    file = files(_PACKAGE).joinpath("zoneinfo", *name.split("/"))
    with file.open("rb") as data:
        return ZoneInfo.from_file(data, key=name)
