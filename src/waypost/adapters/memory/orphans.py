"""Visits that belong to no link, in this process's memory."""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable

from waypost.domain.analytics.orphans import (
    OTHERS,
    OrphanKey,
    OrphanKind,
    OrphanOrder,
    OrphanPage,
    OrphanPlace,
    OrphanQuery,
    OrphanRow,
    OrphanTally,
)
from waypost.domain.analytics.questions import Numbers
from waypost.ports.analytics.orphans import ORPHAN_BOUNDS, OrphanBatch, OrphanBounds


class MemoryOrphans:
    """Counts by code and day; the plainest `OrphanStore`."""

    def __init__(self, *, bounds: OrphanBounds = ORPHAN_BOUNDS) -> None:
        self._bounds = bounds
        self._tallies: dict[OrphanKey, OrphanTally] = {}
        self._numbers: dict[str, int] = {}

    async def add(self, batch: OrphanBatch) -> None:
        """Store *batch*, unless it was stored already."""
        if self._numbers.get(batch.source, 0) >= batch.number:
            return
        self._numbers[batch.source] = batch.number
        for key, tally in batch.tallies.items():
            self._add(key, tally)
        for kind in {key.kind for key in batch.tallies}:
            self._keep_within(kind)

    async def page(
        self,
        query: OrphanQuery,
        *,
        order: OrphanOrder,
        after: OrphanPlace | None,
        limit: int,
    ) -> OrphanPage:
        """Return up to *limit* rows of *query* behind *after*."""
        rows: dict[tuple[OrphanKind, str, str], list[OrphanTally]] = defaultdict(list)
        for key in filter(_is_named, self._asked_for(query)):
            rows[key.kind, key.text, key.domain].append(self._tallies[key])
        found = sorted(
            (_row(*named, tallies) for named, tallies in rows.items()),
            key=lambda row: _rank(row.place(order)),
        )
        if after is not None:
            found = [row for row in found if _rank(row.place(order)) > _rank(after)]
        others = self._sum(key for key in self._asked_for(query) if not _is_named(key))
        return OrphanPage(
            found[:limit], others if others.clicks and not query.text else None
        )

    async def numbers(self, query: OrphanQuery) -> Numbers:
        """Return how many visits *query* means, without visitors."""
        return self._sum(self._asked_for(query))

    async def delete(
        self, *, kinds: Collection[OrphanKind], before_day: int | None
    ) -> Numbers:
        """Delete the visits of the days before *before_day*; None: of all days."""
        keys = self._asked_for(OrphanQuery(kinds=kinds, end_day=before_day))
        found = self._sum(keys)
        for key in keys:
            del self._tallies[key]
        return found

    def _asked_for(self, query: OrphanQuery) -> list[OrphanKey]:
        return [
            key
            for key in self._tallies
            if key.kind in query.kinds
            if query.first_day <= key.day
            if query.end_day is None or key.day < query.end_day
            if query.domains is None or key.domain in query.domains
            if query.text.lower() in key.text.lower()
        ]

    def _sum(self, keys: Iterable[OrphanKey]) -> Numbers:
        tallies = [self._tallies[key] for key in keys]
        people = sum(tally.people for tally in tallies)
        return Numbers(people, sum(tally.machines for tally in tallies), None)

    def _add(self, key: OrphanKey, tally: OrphanTally) -> None:
        stored = self._tallies.get(key)
        self._tallies[key] = stored.plus(tally) if stored else tally

    def _keep_within(self, kind: OrphanKind) -> None:
        """Make room among the codes of *kind*, if there are too many."""
        bounds = self._bounds
        by_code: dict[str, list[OrphanKey]] = defaultdict(list)
        for key in self._tallies:
            if key.kind is kind and key.text != OTHERS:
                by_code[key.text].append(key)
        if len(by_code) > bounds.codes:
            surplus = len(by_code) - int(bounds.codes * bounds.left)
            for code in sorted(by_code, key=self._worth(by_code))[:surplus]:
                self._join(by_code.pop(code))
        rows = sorted((key for keys in by_code.values() for key in keys), key=_day)
        if len(rows) > bounds.rows:
            day = rows[len(rows) - 1 - int(bounds.rows * bounds.left)].day
            self._join(key for key in rows if key.day <= day)

    def _worth(
        self, by_code: dict[str, list[OrphanKey]]
    ) -> Callable[[str], tuple[int, int, str]]:
        """Return what says how long a code stays: see `OrphanBounds`."""

        def worth(code: str) -> tuple[int, int, str]:
            keys = by_code[code]
            favour = min(self._sum(keys).people, self._bounds.longest_favour)
            last_ms = max(self._tallies[key].last_ms for key in keys)
            return max(map(_day, keys)) + favour, last_ms, code

        return worth

    def _join(self, keys: Iterable[OrphanKey]) -> None:
        """Count the visits of *keys* among the others of their days."""
        for key in list(keys):
            self._add(key._replace(text=OTHERS), self._tallies.pop(key))


def _is_named(key: OrphanKey) -> bool:
    return key.text != OTHERS or key.kind is OrphanKind.BASE_URL


def _day(key: OrphanKey) -> int:
    return key.day


def _row(
    kind: OrphanKind, text: str, domain: str, tallies: list[OrphanTally]
) -> OrphanRow:
    return OrphanRow(
        kind,
        text,
        sum(tally.people for tally in tallies),
        sum(tally.machines for tally in tallies),
        min(tally.first_ms for tally in tallies),
        max(tally.last_ms for tally in tallies),
        domain,
    )


def _rank(place: OrphanPlace) -> tuple[int, str, str, str]:
    return -place.value, place.kind, place.text, place.domain
