"""Counting clicks, each exactly once, from every route and after repetitions.

hold their lanes → leave out what is counted → add up per link → commit
"""

import asyncio
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple, TypeAlias

import structlog

from waypost.domain.clicks import ClickIdentity, JournalPosition
from waypost.domain.sequences import CountedSequences, SequenceRange
from waypost.ports.storage import Storage
from waypost.telemetry.metrics import Metrics

_log = structlog.get_logger()

GroupedClicks: TypeAlias = Mapping[str, Mapping[int, Mapping[int, int]]]
"""Link ids by journal, lane and sequence: each identity once. No lane is empty."""


KeepUnknown: TypeAlias = Callable[[Collection[int]], Awaitable[None]]
"""Keeps the clicks on links of these ids, which the store does not know."""


class Placed(NamedTuple):
    """The data about clicks that are identified by the places of their records."""

    deltas: Mapping[ClickIdentity, int]
    """How many clicks each stands for, if more than one."""
    settled: Mapping[str, int]
    """By place, the sequence up to which all is settled."""


NONE_PLACED: Final = Placed({}, {})


class CountedNow(NamedTuple):
    """The result for clicks that had not been counted yet."""

    fresh: int
    """How many were added to their links' counts."""
    unknown: int
    """How many were on links that the store does not know: they count for none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """The result for some clicks."""

    clicks: int = 0
    """Added to their links' counts now."""
    duplicates: int = 0
    """Recognised as counted before."""
    unknown: int = 0
    """On links that the database does not know: counted for none."""
    damaged: int = 0
    """Places of a journal, or records of the bus, that were set aside."""

    def __add__(self, other: "Counted") -> "Counted":
        return Counted(
            clicks=self.clicks + other.clicks,
            duplicates=self.duplicates + other.duplicates,
            unknown=self.unknown + other.unknown,
            damaged=self.damaged + other.damaged,
        )


async def count_clicks(
    clicks: GroupedClicks,
    *,
    storage: Storage,
    positions: Mapping[str, JournalPosition] | None = None,
    placed: Placed = NONE_PLACED,
    keep_unknown: KeepUnknown | None = None,
) -> CountedNow:
    """Count *clicks* in one transaction, except those that are counted already.

    *positions* are stored with them, for journals that are read in order. *placed*
    describes those among them that came without an identity. *keep_unknown* keeps its
    clicks before the commit, so that none is forgotten.

    Raises:
        BackendUnavailable: Nothing was counted, or it will be recognised.
    """
    async with storage.transaction() as transaction:
        held = await transaction.clicks.hold(clicks)
        known = {
            journal: _with_settled(lanes, placed.settled.get(journal))
            for journal, lanes in held.items()
        }
        fresh: Counter[int] = Counter()
        changed = {
            journal: await _leave_out(known[journal], lanes, fresh=fresh)
            for journal, lanes in clicks.items()
        }
        for identity, delta in placed.deltas.items():
            if identity.sequence not in known[identity.journal][identity.lane]:
                link = clicks[identity.journal][identity.lane][identity.sequence]
                fresh[link] += delta - 1
        unknown = await transaction.clicks.add(
            clicks=fresh, counted=changed, positions=positions or {}
        )
        if unknown and keep_unknown is not None:
            await keep_unknown(unknown)
    left_out = sum(fresh[link_id] for link_id in unknown)
    return CountedNow(fresh.total() - left_out, left_out)


def log_counted(
    counted: Counted, *, route: str, newest_ns: int, began: float, metrics: Metrics
) -> None:
    """Report a batch that is *counted* in the metrics and in the log.

    It came by *route*, its newest click was recorded at *newest_ns*, and
    `time.perf_counter()` returned *began* when it was begun.
    """
    seconds = time.perf_counter() - began
    metrics.clicks_counted.inc(counted.clicks)
    metrics.clicks_duplicate.inc(counted.duplicates)
    metrics.ingest_seconds.observe(seconds)
    metrics.ingest_lag_seconds.set(max(0.0, (time.time_ns() - newest_ns) / 1e9))
    _log.debug(
        "ingest.batch_counted",
        route=route,
        clicks=counted.clicks,
        duplicates=counted.duplicates,
        damaged=counted.damaged,
        seconds=round(seconds, 6),
    )
    if counted.unknown:
        metrics.clicks_unknown_link.inc(counted.unknown)
        _log.warning("ingest.unknown_links", route=route, clicks=counted.unknown)


def _with_settled(
    lanes: Mapping[int, CountedSequences], end: int | None
) -> Mapping[int, CountedSequences]:
    """Return *lanes* with everything up to *end*, which is settled, as counted."""
    if end is None:
        return lanes
    # One range instead of one for each record: there are others between.
    below = SequenceRange(1, end)
    return {at: each.adding_range(below) for at, each in lanes.items()}


async def _leave_out(
    known: Mapping[int, CountedSequences],
    lanes: Mapping[int, Mapping[int, int]],
    *,
    fresh: Counter[int],
) -> dict[int, CountedSequences]:
    """Add the new clicks to *fresh*, by link id; return the lanes that they change."""
    changed: dict[int, CountedSequences] = {}
    for lane, links in lanes.items():
        counted = known[lane]
        new = links
        if min(links) <= counted.last:  # nearly never: a crash or a replay
            new = {at: link for at, link in links.items() if at not in counted}
        if new:
            fresh.update(new.values())
            changed[lane] = counted.adding(new)
            await asyncio.sleep(0)
    return changed
