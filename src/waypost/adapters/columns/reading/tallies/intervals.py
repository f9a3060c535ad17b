"""Numbers of consecutive intervals: a series, or a single interval for totals."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from typing import Final

import numpy as np

from waypost.adapters.columns.reading.rows import Rows
from waypost.adapters.columns.reading.tallies.rolled import RolledPart
from waypost.adapters.columns.rolling.making import QUARTER_MS, QUARTERS
from waypost.domain.analytics.enriched import DAY_MS
from waypost.domain.analytics.questions import Numbers
from waypost.wire.click_store.columns import Whole

_DAY_STARTS: Final = np.arange(QUARTERS, dtype=np.int64) * QUARTER_MS
NOON_MS: Final = DAY_MS // 2


class IntervalsTally:
    """Sums up by interval."""

    def __init__(self, bounds: Sequence[int]) -> None:
        self._bounds = bounds
        self._places = np.array(bounds, np.int64)
        size = len(bounds) - 1
        self._people = np.zeros(size, np.int64)
        self._machines = np.zeros(size, np.int64)
        self._visitors = np.zeros(size, np.int64)
        self._is_unknown = np.zeros(size, np.bool_)

    def can_roll(self, day: int) -> bool:
        """Return whether the roll-up of *day* says all that is asked.

        Its visitors can be split once, at a quarter of an hour.
        """
        inner = self._inside(day)
        return len(inner) < 2 and all(bound % QUARTER_MS == 0 for bound in inner)

    def add_rows(self, rows: Rows) -> None:
        """Add clicks."""
        size = len(self._people)
        is_machine = rows.clicks.is_machine
        if size == 1:
            machines = int(is_machine.sum())
            self._machines[0] += machines
            self._people[0] += len(rows) - machines
            self._visitors[0] += rows.clicks.visitors
            return
        places = self._places.searchsorted(rows.moments, side="right") - 1
        split = np.bincount(places * 2 + is_machine, minlength=2 * size)
        self._people += split[0::2]
        self._machines += split[1::2]
        self._visitors += rows.clicks.visitors_by(places, size)

    def add_day(self, day: int, rolled: RolledPart, *, knows_visitors: bool) -> None:
        """Add the roll-up of *day*."""
        inner = self._inside(day)
        if inner:
            self._add_parts(day, rolled, knows_visitors=knows_visitors)
        else:
            place = bisect_right(self._bounds, day * DAY_MS) - 1
            self._add(place, rolled.total, knows_visitors=knows_visitors)

    def add_noon(self, day: int, numbers: Numbers, *, knows_visitors: bool) -> None:
        """Add a day of which no part is known: all of it counts at its noon."""
        place = bisect_right(self._bounds, day * DAY_MS + NOON_MS) - 1
        self._add(place, numbers, knows_visitors=knows_visitors)

    def numbers(self) -> tuple[Numbers, ...]:
        """Return the sums."""
        return tuple(
            Numbers(people, machines, None if is_unknown else visitors)
            for people, machines, visitors, is_unknown in zip(
                self._people.tolist(),
                self._machines.tolist(),
                self._visitors.tolist(),
                self._is_unknown.tolist(),
                strict=True,
            )
        )

    def _inside(self, day: int) -> Sequence[int]:
        start = day * DAY_MS
        return self._bounds[
            bisect_right(self._bounds, start) : bisect_left(
                self._bounds, start + DAY_MS
            )
        ]

    def _add(self, place: int, numbers: Numbers, *, knows_visitors: bool) -> None:
        if 0 <= place < len(self._people):
            self._people[place] += numbers.people
            self._machines[place] += numbers.machines
            self._visitors[place] += numbers.visitors or 0
            self._is_unknown[place] |= not knows_visitors

    def _add_parts(self, day: int, rolled: RolledPart, *, knows_visitors: bool) -> None:
        """Add a day by its quarters; each counts where it begins."""
        places = self._places.searchsorted(day * DAY_MS + _DAY_STARTS, side="right") - 1
        people, machines = rolled.by_quarter()
        first, last = int(places[0]), int(places[-1])
        for place in range(first, last + 1):
            within = places == place
            visitors = _visitors(rolled, within)
            self._add(
                place,
                Numbers(_sum(people, within), _sum(machines, within), visitors),
                knows_visitors=knows_visitors and visitors is not None,
            )


def _sum(numbers: Whole, within: Whole) -> int:
    return int(numbers[within].sum())


def _visitors(rolled: RolledPart, within: Whole) -> int | None:
    """Return the visitors of the quarters *within*; None: they cannot be known."""
    if not within.any():
        return 0
    if within[0]:
        return _sum(rolled.first_visits(), within)
    return _sum(rolled.last_visits(), within) if within[-1] else None
