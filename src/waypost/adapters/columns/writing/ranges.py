"""Which clicks are stored already: ranges of sequences, by journal and lane."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from itertools import groupby
from typing import TypeAlias

from waypost.adapters.columns.drivers.connection import LANES, Connection, many
from waypost.domain.analytics.enriched import EnrichedClick
from waypost.domain.sequences import CountedSequences, SequenceRange

Lane: TypeAlias = tuple[str, int]


def take_new(
    connection: Connection, clicks: Sequence[EnrichedClick]
) -> Sequence[EnrichedClick]:
    """Return those of *clicks* that are not stored, and count them as stored.

    It belongs to the transaction that stores them.
    """
    by_lane: dict[Lane, list[int]] = defaultdict(list)
    for click in clicks:
        by_lane[click.journal, click.lane].append(click.sequence)
    # In one order, so that no two processes wait for one another.
    for number in sorted({lane for _, lane in by_lane}):
        connection.lock(LANES + number)
    stored = stored_near(connection, by_lane)
    has_known = False
    for lane, sequences in by_lane.items():
        before = stored.get(lane, CountedSequences())
        if len(set(sequences)) < len(sequences) or any(
            sequence in before for sequence in sequences
        ):
            has_known = True
        store_range(connection, lane, before, before.adding(sequences))
    return _unknown(clicks, stored) if has_known else clicks


def stored_near(
    connection: Connection, by_lane: dict[Lane, list[int]]
) -> dict[Lane, CountedSequences]:
    """Return the stored ranges that the given sequences lie in or next to."""
    found: dict[Lane, CountedSequences] = {}
    for journal, lanes in groupby(sorted(by_lane), key=lambda lane: lane[0]):
        numbers = [number for lane in lanes for number in by_lane[lane]]
        rows: list[tuple[int, int, int]] = connection.fetch(
            "SELECT lane, first, last FROM click_ranges WHERE journal = ? "
            "AND last >= ? AND first <= ? ORDER BY lane, first",
            journal,
            min(numbers) - 1,
            max(numbers) + 1,
        )
        for lane, spans in groupby(rows, key=lambda row: row[0]):
            ranges = tuple(SequenceRange(first, last) for _, first, last in spans)
            found[journal, lane] = CountedSequences(ranges)
    return found


def stored_in(
    connection: Connection, *, journals: Collection[str]
) -> dict[str, dict[int, CountedSequences]]:
    """Return the stored ranges of *journals*, by journal and lane."""
    rows: list[tuple[str, int, int, int]] = connection.fetch(
        "SELECT journal, lane, first, last FROM click_ranges "
        "WHERE journal IN {texts} ORDER BY journal, lane, first",
        many(sorted(journals)),
    )
    found: dict[str, dict[int, CountedSequences]] = {}
    for (journal, lane), spans in groupby(rows, key=lambda row: row[:2]):
        ranges = tuple(SequenceRange(first, last) for _, _, first, last in spans)
        found.setdefault(journal, {})[lane] = CountedSequences(ranges)
    return found


def _unknown(
    clicks: Iterable[EnrichedClick], stored: dict[Lane, CountedSequences]
) -> list[EnrichedClick]:
    seen: set[tuple[str, int, int]] = set()
    new: list[EnrichedClick] = []
    nothing = CountedSequences()
    for click in clicks:
        lane = (click.journal, click.lane)
        identity = (*lane, click.sequence)
        if identity in seen or click.sequence in stored.get(lane, nothing):
            continue
        seen.add(identity)
        new.append(click)
    return new


def store_range(
    connection: Connection, lane: Lane, before: CountedSequences, now: CountedSequences
) -> None:
    """Replace the ranges *before* of *lane* by those of *now*."""
    gone = {span.first for span in before.ranges} - {span.first for span in now.ranges}
    if gone:
        connection.run_many(
            "DELETE FROM click_ranges WHERE journal = ? AND lane = ? AND first = ?",
            [(*lane, first) for first in gone],
        )
    changed = [span for span in now.ranges if span not in before.ranges]
    connection.run_many(
        "INSERT INTO click_ranges (journal, lane, first, last) VALUES (?, ?, ?, ?) "
        "ON CONFLICT (journal, lane, first) DO UPDATE SET last = excluded.last",
        [(*lane, *span) for span in changed],
    )
