"""Numbers of each value of a dimension, or of each link."""

import numpy as np

from waypost.adapters.columns.counting import Counted, merged, summed
from waypost.adapters.columns.reading.rows import Rows
from waypost.adapters.columns.reading.tallies.rolled import RolledPart, values_of
from waypost.domain.analytics.questions import Numbers

_MERGED: int = 1_000_000
"""So many numbers are summed up before more come."""


class ValuesTally:
    """Sums up by the values of one column.

    *dimension* is that of roll-ups; None: they do not have it.
    """

    def __init__(
        self, column: int, *, dimension: int | None, start_ms: int, end_ms: int
    ) -> None:
        self._column = column
        self._dimension = dimension
        self._period = (start_ms, end_ms)
        self._parts: list[Counted] = []
        self._rolled: list[Counted] = []
        self._size = 0
        self.knows_visitors = True

    def can_roll(self, first_ms: int, end_ms: int) -> bool:
        """Return whether a roll-up of such a period says all that is asked."""
        start, end = self._period
        return self._dimension is not None and start <= first_ms and end_ms <= end

    def add_rows(self, rows: Rows) -> None:
        """Add clicks."""
        self._add(rows.clicks.by(rows.column(self._column)))

    def add_rolled(self, rolled: RolledPart, *, knows_visitors: bool) -> None:
        """Add a roll-up that `can_roll`."""
        assert self._dimension is not None, "the dimension is in roll-ups"
        found = rolled.of(self._dimension)
        if not len(found.values):
            # It was made by a release that did not know the dimension.
            self.add_unknown(rolled.total, knows_visitors=knows_visitors)
            return
        self._rolled.append(found)
        self.knows_visitors &= knows_visitors

    def add_unknown(self, numbers: Numbers, *, knows_visitors: bool) -> None:
        """Add clicks whose values are not known any more."""
        if numbers.clicks:
            counts = (0, numbers.people, numbers.machines, numbers.visitors or 0)
            self._add(Counted(*(np.array([count]) for count in counts)))
            self.knows_visitors &= knows_visitors

    def counted(self) -> Counted:
        """Return the sums."""
        parts = list(self._parts)
        if self._rolled:
            together = Counted(
                *(np.concatenate(arrays) for arrays in zip(*self._rolled, strict=True))
            )
            parts.append(summed(together._replace(values=values_of(together.values))))
        return merged(parts)

    def _add(self, counted: Counted) -> None:
        self._parts.append(counted)
        self._size += len(counted.values)
        if self._size > _MERGED:
            self._parts = [merged(self._parts)]
            self._size = 0
