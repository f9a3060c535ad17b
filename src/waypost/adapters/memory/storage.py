"""Links, counts and events in this process's memory, for trying the product out."""

import asyncio
from collections import ChainMap, Counter
from collections.abc import (
    AsyncIterator,
    Callable,
    Collection,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from heapq import nlargest
from itertools import chain, count, islice

from waypost.adapters.memory.audit.trail import MemoryAuditTrail, MemoryAuditWriter
from waypost.adapters.memory.bulk.done_batches import (
    MemoryBatchWriter,
    MemoryDoneBatches,
    Stored,
)
from waypost.adapters.memory.bulk.kept_answers import (
    Kept,
    MemoryAnswerWriter,
    MemoryKeptAnswers,
)
from waypost.adapters.memory.campaigns.templates import (
    MemoryUtmTemplates,
    MemoryUtmTemplateWriter,
)
from waypost.adapters.memory.domains.store import (
    MemoryDomains,
    MemoryDomainWriter,
)
from waypost.adapters.memory.domains.store import (
    Stored as StoredDomains,
)
from waypost.adapters.memory.keys import MemoryKeys, MemoryKeyWriter
from waypost.adapters.memory.lists import MemoryLinkLists
from waypost.adapters.memory.tags.store import MemoryTags, MemoryTagWriter, TagTables
from waypost.adapters.memory.visits.budgets import MemoryClickBudgets
from waypost.domain.access.keys import ApiKey
from waypost.domain.audit.entries import AuditEntry
from waypost.domain.campaigns.templates import UtmTemplate
from waypost.domain.clicks import JournalPosition
from waypost.domain.errors import BackendUnavailable
from waypost.domain.events import LinkEvent
from waypost.domain.links import DEFAULT_DOMAIN, CountedLink, Link
from waypost.domain.sequences import CountedSequences
from waypost.ports.outbox import StoredEvent


@dataclass(slots=True)
class _Tables:
    """What is stored; a transaction keeps its changes in tables of its own."""

    links: dict[tuple[str, str], Link] = field(default_factory=dict)
    links_by_id: dict[int, Link] = field(default_factory=dict)
    gone: set[tuple[str, str]] = field(default_factory=set)
    """Codes that their links have no more."""
    clicks: Counter[int] = field(default_factory=Counter)
    spent: Counter[int] = field(default_factory=Counter)
    """Clicks that were taken of budgets, which no transaction changes."""
    counted: dict[tuple[str, int], CountedSequences] = field(default_factory=dict)
    positions: dict[str, JournalPosition] = field(default_factory=dict)
    events: list[tuple[str, StoredEvent]] = field(default_factory=list)
    """With the reader of each."""
    removed_events: set[int] = field(default_factory=set)
    event_ids: Iterator[int] = field(default_factory=lambda: count(1))
    keys: dict[str, ApiKey] = field(default_factory=dict)
    domains: StoredDomains = field(default_factory=dict)
    audit: list[AuditEntry] = field(default_factory=list)
    done_batches: Stored = field(default_factory=dict)
    tags: TagTables = field(default_factory=TagTables)
    utm_templates: dict[str, UtmTemplate | None] = field(default_factory=dict)
    answers: Kept = field(default_factory=dict)

    def apply(self, changes: "_Tables") -> None:
        for key in changes.gone:
            self.links.pop(key, None)
        self.links.update(changes.links)
        self.links_by_id.update(changes.links_by_id)
        self.clicks.update(changes.clicks)
        self.counted.update(changes.counted)
        self.positions.update(changes.positions)
        self.keys.update(changes.keys)
        self.domains.update(changes.domains)
        self.audit.extend(changes.audit)
        self.done_batches.update(changes.done_batches)
        self.tags.apply(changes.tags)
        self.utm_templates.update(changes.utm_templates)
        self.answers.update(changes.answers)
        waiting = [*self.events, *changes.events]
        self.events[:] = [
            each for each in waiting if each[1].id not in changes.removed_events
        ]


class MemoryStorage:
    """A store that is empty at every start. Belongs to one event loop."""

    def __init__(self, *, timeout_seconds: float = 5.0) -> None:
        self._tables = _Tables()
        self._lock = asyncio.Lock()
        self._timeout_seconds = timeout_seconds
        self.links = _Links(self._tables)
        self.lists = MemoryLinkLists(self.links.all)
        self.tags = MemoryTags(self._tables.tags, self.links.all)
        self.utm_templates = MemoryUtmTemplates(self._tables.utm_templates)
        self.keys = MemoryKeys(self._tables.keys)
        self.domains = MemoryDomains(self._tables.domains, self._tables.links_by_id)
        self.audit = MemoryAuditTrail(self._tables.audit)
        self.budgets = MemoryClickBudgets(self._tables.links_by_id, self._tables.spent)
        self.done_batches = MemoryDoneBatches(self._tables.done_batches)
        self.answers = MemoryKeptAnswers(self._tables.answers)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["_Transaction"]:
        """Open a transaction; the first operation waits for others to end."""
        turn = _Turn(self._lock, self._timeout_seconds)
        transaction = _Transaction(self._tables, turn)
        try:
            yield transaction
            transaction.commit()
        finally:
            turn.end()

    async def ping(self) -> None:
        """Return: this process answers."""


class _Turn:
    """The right to write, which one transaction has at a time."""

    def __init__(self, lock: asyncio.Lock, timeout_seconds: float) -> None:
        self._lock = lock
        self._timeout_seconds = timeout_seconds
        self._held = False

    async def begin(self) -> None:
        if self._held:
            return
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await self._lock.acquire()
        except TimeoutError as error:
            raise BackendUnavailable from error
        self._held = True

    def end(self) -> None:
        if self._held:
            self._held = False
            self._lock.release()


class _Links:
    def __init__(self, tables: _Tables) -> None:
        self._tables = tables

    async def by_code(self, code: str, *, domain: str = DEFAULT_DOMAIN) -> Link | None:
        return self._tables.links.get((domain, code))

    async def by_codes(
        self, codes: Collection[str], *, domain: str = DEFAULT_DOMAIN
    ) -> Sequence[Link]:
        links = self._tables.links
        return [links[domain, code] for code in set(codes) if (domain, code) in links]

    async def by_ids(self, ids: Collection[int]) -> Sequence[Link]:
        links = self._tables.links_by_id
        return [links[link_id] for link_id in set(ids) if link_id in links]

    async def by_external_ids(self, ids: Collection[str]) -> Sequence[Link]:
        links = self._tables.links_by_id.values()
        return [link for link in links if link.external_id in ids]

    async def counted(
        self, code: str, *, domain: str = DEFAULT_DOMAIN
    ) -> CountedLink | None:
        link = self._tables.links.get((domain, code))
        return self._with_clicks(link) if link else None

    async def newest(
        self, *, limit: int, before_id: int | None = None
    ) -> Sequence[CountedLink]:
        links = self._tables.links_by_id
        ids = nlargest(
            limit,
            (
                number
                for number, link in links.items()
                if link.deleted_at is None
                if before_id is None or number < before_id
            ),
        )
        return [self._with_clicks(links[link_id]) for link_id in ids]

    async def most_clicked(self, *, limit: int) -> Sequence[Link]:
        clicks, links = self._tables.clicks, self._tables.links_by_id
        known = (
            link_id
            for link_id in clicks
            if clicks[link_id] and link_id in links
            if links[link_id].deleted_at is None
        )
        most = nlargest(limit, known, key=lambda link_id: (clicks[link_id], -link_id))
        return [links[link_id] for link_id in most]

    def all(self) -> Iterator[CountedLink]:
        """Yield every link, also those that are deleted."""
        return map(self._with_clicks, self._tables.links_by_id.values())

    def _with_clicks(self, link: Link) -> CountedLink:
        return CountedLink(
            link=link,
            clicks=self._tables.clicks[link.id],
            spent=self._tables.spent[link.id],
        )


class _Transaction:
    def __init__(self, stored: _Tables, turn: _Turn) -> None:
        self._stored = stored
        self._changes = _Tables()
        self._actions: list[Callable[[], None]] = []
        self.links = _LinkWriter(stored, self._changes, turn)
        self.clicks = _ClickCounts(stored, self._changes, turn)
        self.outbox = _Outbox(stored, self._changes, turn)
        self.keys = MemoryKeyWriter(stored.keys, self._changes.keys, begin=turn.begin)
        self.domains = MemoryDomainWriter(
            stored.domains,
            self._changes.domains,
            self.links.by_id,
            begin=turn.begin,
            change=self.links.recode,
        )
        self.audit = MemoryAuditWriter(self._changes.audit, begin=turn.begin)
        self.done_batches = MemoryBatchWriter(
            stored.done_batches, self._changes.done_batches, begin=turn.begin
        )
        self.utm_templates = MemoryUtmTemplateWriter(
            stored.utm_templates, self._changes.utm_templates, begin=turn.begin
        )
        self.tags = MemoryTagWriter(
            stored.tags,
            self._changes.tags,
            self.links.by_id,
            put_link=self.links.put,
            counted=_Links(stored).all,
            begin=turn.begin,
        )
        self.answers = MemoryAnswerWriter(
            stored.answers, self._changes.answers, begin=turn.begin
        )

    def after_commit(self, action: Callable[[], None]) -> None:
        self._actions.append(action)

    def commit(self) -> None:
        self._stored.apply(self._changes)
        for action in self._actions:
            action()


class _LinkWriter:
    def __init__(self, stored: _Tables, changes: _Tables, turn: _Turn) -> None:
        self._changes = changes
        self._turn = turn
        self._links = ChainMap(changes.links, stored.links)
        self.by_id = ChainMap(changes.links_by_id, stored.links_by_id)

    async def add(self, links: Sequence[Link]) -> frozenset[int]:
        await self._turn.begin()
        return frozenset(link.id for link in links if not self._add(link))

    def _add(self, link: Link) -> bool:
        if (link.domain, link.code) in self._links or link.id in self.by_id:
            return False
        self.put(link)
        return True

    async def hold_external_ids(self, ids: Collection[str]) -> frozenset[str]:
        await self._turn.begin()
        return frozenset(
            link.external_id
            for link in self.by_id.values()
            if link.external_id is not None and link.deleted_at is None
            if link.external_id in ids
        )

    async def change(self, link: Link) -> bool:
        await self._turn.begin()
        stored = self.by_id.get(link.id)
        if stored is None or stored.version != link.version - 1:
            return False
        self.put(link)
        return True

    def recode(self, old: Link, new: Link) -> None:
        """Replace a link by itself with another code."""
        self._changes.gone.add((old.domain, old.code))
        self._changes.links.pop((old.domain, old.code), None)
        self.put(new)

    def put(self, link: Link) -> None:
        self._changes.links[link.domain, link.code] = link
        self._changes.links_by_id[link.id] = link


class _ClickCounts:
    def __init__(self, stored: _Tables, changes: _Tables, turn: _Turn) -> None:
        self._changes = changes
        self._turn = turn
        self._counted = ChainMap(changes.counted, stored.counted)
        self._positions = ChainMap(changes.positions, stored.positions)
        self._links_by_id = ChainMap(changes.links_by_id, stored.links_by_id)

    async def claim(self, journal: str) -> bool:
        await self._turn.begin()
        if journal in self._positions:
            return False
        self._changes.positions[journal] = JournalPosition(0, 0)
        return True

    async def position(self, journal: str) -> JournalPosition | None:
        await self._turn.begin()
        return self._positions.get(journal)

    async def counted(self, journal: str) -> dict[int, CountedSequences]:
        await self._turn.begin()
        return {
            lane: sequences
            for (owner, lane), sequences in self._counted.items()
            if owner == journal and sequences.ranges
        }

    async def hold(
        self, lanes: Mapping[str, Collection[int]]
    ) -> dict[str, dict[int, CountedSequences]]:
        await self._turn.begin()
        nothing = CountedSequences()
        return {
            journal: {lane: self._counted.get((journal, lane), nothing) for lane in of}
            for journal, of in lanes.items()
        }

    async def add(
        self,
        *,
        clicks: Mapping[int, int],
        counted: Mapping[str, Mapping[int, CountedSequences]],
        positions: Mapping[str, JournalPosition],
    ) -> frozenset[int]:
        await self._turn.begin()
        unknown = clicks.keys() - self._links_by_id.keys()
        for link_id in clicks.keys() - unknown:
            self._changes.clicks[link_id] += clicks[link_id]
        for journal, lanes in counted.items():
            for lane, sequences in lanes.items():
                self._changes.counted[journal, lane] = sequences
        self._changes.positions.update(positions)
        return frozenset(unknown)


class _Outbox:
    def __init__(self, stored: _Tables, changes: _Tables, turn: _Turn) -> None:
        self._stored = stored
        self._changes = changes
        self._turn = turn

    async def add(self, events: Sequence[LinkEvent], *, reader: str) -> None:
        await self._turn.begin()
        for event in events:
            stored = StoredEvent(id=next(self._stored.event_ids), event=event)
            self._changes.events.append((reader, stored))

    async def take(self, *, reader: str, limit: int) -> Sequence[StoredEvent]:
        await self._turn.begin()
        events = (one for name, one in self._waiting if name == reader)
        return list(islice(events, limit))

    async def remove(self, ids: Collection[int]) -> None:
        await self._turn.begin()
        self._changes.removed_events.update(ids)

    async def forget_readers(
        self, *, keep: Collection[str], before: datetime, limit: int
    ) -> Mapping[str, int]:
        await self._turn.begin()
        others = [
            (reader, stored.id)
            for reader, stored in self._waiting
            if reader not in keep and stored.event.occurred_at < before
        ][:limit]
        self._changes.removed_events.update(number for _, number in others)
        return Counter(reader for reader, _ in others)

    @property
    def _waiting(self) -> Iterator[tuple[str, StoredEvent]]:
        """What is stored and not removed, with the reader of each."""
        removed = self._changes.removed_events
        waiting = chain(self._stored.events, self._changes.events)
        return ((reader, one) for reader, one in waiting if one.id not in removed)
