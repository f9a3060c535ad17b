"""The chosen clicks of some days, loaded column by column."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import Final, Literal, NamedTuple

import numpy as np

from waypost.adapters.columns.chunks import Chunk, read_columns
from waypost.adapters.columns.counting import Clicks
from waypost.adapters.columns.reading.selection import Selection
from waypost.adapters.columns.reading.snapshot import Snapshot
from waypost.domain.analytics.enriched import DAY_MS
from waypost.wire.click_store.columns import MACHINE, Column, Mask, Part, Whole

_UNIT_CHUNKS: Final = 32
"""How many chunks are in memory at a time, or those of one day."""
_UNIT_CHUNKS_OF_LINK: Final = 256
_SIDES: Final[tuple[Literal["left"], Literal["right"]]] = ("left", "right")


class Rows:
    """The chosen clicks of whole days: no visitor of theirs is in other rows."""

    def __init__(
        self, load: Callable[[int], Whole], days: Whole, visitors: Whole | None
    ) -> None:
        """Take the day of each click, and the *visitors* of the days before it.

        None: all are of one day, whose visitors have different numbers already.
        """
        self._load = load
        self._days = days
        self._before = visitors
        self._cached: dict[int, Whole] = {}

    def __len__(self) -> int:
        return len(self._days)

    def column(self, column: int) -> Whole:
        """Return one column of all clicks."""
        if column not in self._cached:
            self._cached[column] = self._load(column)
        return self._cached[column]

    @cached_property
    def clicks(self) -> Clicks:
        """Who clicked."""
        numbers = self.column(Column.VISITOR)
        if self._before is not None:
            numbers = np.where(numbers != 0, self._before + numbers, 0)
        return Clicks(self.column(MACHINE) != 0, numbers)

    @cached_property
    def moments(self) -> Whole:
        """When, in milliseconds since 1970."""
        found = self._days * DAY_MS
        found += self.column(Column.MS)
        return found


class _Source(NamedTuple):
    """Where the clicks of some days are, before filters."""

    snapshot: Snapshot
    days: Sequence[int]
    chunks: Sequence[Chunk]
    parts: Sequence[Part]

    def column(self, column: int) -> Whole:
        """Return one column, first of all chunks, then of the tail."""
        snapshot = self.snapshot
        found = read_columns(snapshot.connection, column, self.chunks, self.parts)
        found += [
            snapshot.tail[day].column(column)
            for day in self.days
            if day in snapshot.tail
        ]
        return np.concatenate(found) if found else np.zeros(0, np.uint8)

    def per_row(self, values: dict[int, int]) -> Whole:
        """Return the value of each click's day."""
        lengths = [
            (chunk.day, end - start)
            for chunk, (start, end) in zip(self.chunks, self.parts, strict=True)
        ]
        tail = self.snapshot.tail
        lengths += [(day, len(tail[day])) for day in self.days if day in tail]
        numbers = np.array([values[day] for day, _ in lengths], np.int64)
        rows = np.array([rows for _, rows in lengths], np.int64)
        if len(self.days) == 1 and lengths:
            # A day may have millions of clicks: one number stands for all of them.
            return np.broadcast_to(numbers[0], rows.sum())
        return np.repeat(numbers, rows)


def units(snapshot: Snapshot, days: Iterable[int]) -> Iterator[Rows]:
    """Yield the chosen clicks of *days*, some days at a time."""
    is_narrow = snapshot.selection.link is not None
    most = _UNIT_CHUNKS_OF_LINK if is_narrow else _UNIT_CHUNKS
    unit: list[int] = []
    chunks = 0
    for day in days:
        more = len(snapshot.chunks.get(day, ()))
        if unit and chunks + more > most:
            yield chosen_rows(snapshot, unit)
            unit, chunks = [], 0
        unit.append(day)
        chunks += more
    if unit:
        yield chosen_rows(snapshot, unit)


def chosen_rows(snapshot: Snapshot, days: Sequence[int]) -> Rows:
    """Return the chosen clicks of *days*."""
    source = _source(snapshot, days)
    number_of = source.per_row({day: day for day in days})
    visitors_of = _visitors_before(source) if len(days) > 1 else None
    mask = _mask(source, snapshot.selection, number_of)
    if mask is None:
        return Rows(source.column, number_of, visitors_of)
    chosen = np.flatnonzero(mask)
    return Rows(
        lambda column: source.column(column)[chosen],
        number_of[chosen],
        None if visitors_of is None else visitors_of[chosen],
    )


def _visitors_before(source: _Source) -> Whole:
    """Return for each click how many visitors the days before its own have."""
    before: dict[int, int] = {}
    visitors = 0
    for day in source.days:
        before[day] = visitors
        visitors += source.snapshot.visitors(day)
    return source.per_row(before)


def _source(snapshot: Snapshot, days: Sequence[int]) -> _Source:
    chunks = [chunk for day in days for chunk in snapshot.chunks.get(day, ())]
    link = snapshot.selection.link
    if link is None:
        return _Source(snapshot, days, chunks, [(0, chunk.rows) for chunk in chunks])
    found = read_columns(snapshot.connection, Column.LINK, chunks)
    parts = [_part(links, link) for links in found]
    places = [at for at, part in enumerate(parts) if part[1] > part[0]]
    return _Source(
        snapshot, days, [chunks[at] for at in places], [parts[at] for at in places]
    )


def _part(links: Whole, link: int) -> Part:
    found = links.astype(np.int64)
    start, end = (int(found.searchsorted(link, side)) for side in _SIDES)
    return start, end


def _mask(source: _Source, selection: Selection, days: Whole) -> Mask | None:
    """Return which rows are chosen; None: all are."""
    masks: list[Mask] = []
    if selection.links is not None and selection.link is None:
        of_link = selection.of_link(source.column(Column.LINK))
        assert of_link is not None, "some links are chosen"
        masks.append(of_link)
    starts, ends = (day * DAY_MS for day in (source.days[0], source.days[-1] + 1))
    if starts < selection.start_ms or ends > selection.end_ms:
        moments = days * DAY_MS + source.column(Column.MS)
        masks.append((moments >= selection.start_ms) & (moments < selection.end_ms))
    masks += [each.mask(source.column(each.column)) for each in selection.filters]
    if not masks:
        return None
    together = masks[0]
    for mask in masks[1:]:
        together = together & mask
    return together
