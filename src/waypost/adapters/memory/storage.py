"""Links, counts and events in this process's memory, for trying the product out."""

import asyncio
from collections import ChainMap
from collections.abc import (
    AsyncIterator,
    Callable,
    Collection,
    Iterator,
    Mapping,
    Sequence,
)
from contextlib import asynccontextmanager
from heapq import nlargest

from waypost.adapters.memory.audit.trail import MemoryAuditTrail, MemoryAuditWriter
from waypost.adapters.memory.bulk.done_batches import (
    MemoryBatchWriter,
    MemoryDoneBatches,
)
from waypost.adapters.memory.bulk.kept_answers import (
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
from waypost.adapters.memory.keys import MemoryKeys, MemoryKeyWriter
from waypost.adapters.memory.lists import MemoryLinkLists
from waypost.adapters.memory.tags.store import MemoryTags, MemoryTagWriter
from waypost.adapters.memory.transactions.outbox import MemoryOutbox
from waypost.adapters.memory.transactions.tables import Tables
from waypost.adapters.memory.transactions.turn import Turn
from waypost.adapters.memory.visits.budgets import MemoryClickBudgets
from waypost.domain.clicks import JournalPosition
from waypost.domain.links import DEFAULT_DOMAIN, CountedLink, Link
from waypost.domain.sequences import CountedSequences


class MemoryStorage:
    """A store that is empty at every start. Belongs to one event loop."""

    def __init__(self, *, timeout_seconds: float = 5.0) -> None:
        self._tables = Tables()
        self._lock = asyncio.Lock()
        self._timeout_seconds = timeout_seconds
        self.links = _Links(self._tables)
        self.lists = MemoryLinkLists(self.links.all)
        self.tags = MemoryTags(self._tables.tags, self.links.all)
        self.utm_templates = MemoryUtmTemplates(self._tables.utm_templates)
        self.keys = MemoryKeys(self._tables.keys)
        self.domains = MemoryDomains(
            self._tables.domains, self._tables.links_by_id, self._tables.logos
        )
        self.audit = MemoryAuditTrail(self._tables.audit)
        self.budgets = MemoryClickBudgets(self._tables.links_by_id, self._tables.spent)
        self.done_batches = MemoryDoneBatches(self._tables.done_batches)
        self.answers = MemoryKeptAnswers(self._tables.answers)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator["_Transaction"]:
        """Open a transaction; the first operation waits for others to end."""
        turn = Turn(self._lock, self._timeout_seconds)
        transaction = _Transaction(self._tables, turn)
        try:
            yield transaction
            transaction.commit()
        finally:
            turn.end()

    async def ping(self) -> None:
        """Return: this process answers."""


class _Links:
    def __init__(self, tables: Tables) -> None:
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

    async def ids_in(self, domains: Collection[str], *, limit: int) -> Sequence[int]:
        links = self._tables.links_by_id.values()
        return [link.id for link in links if link.domain in domains][:limit]

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
    def __init__(self, stored: Tables, turn: Turn) -> None:
        self._stored = stored
        self._changes = Tables()
        self._actions: list[Callable[[], None]] = []
        self.links = _LinkWriter(stored, self._changes, turn)
        self.clicks = _ClickCounts(stored, self._changes, turn)
        self.outbox = MemoryOutbox(stored, self._changes, turn)
        self.keys = MemoryKeyWriter(stored.keys, self._changes.keys, begin=turn.begin)
        self.domains = MemoryDomainWriter(
            stored.domains,
            self._changes.domains,
            self.links.by_id,
            logos=self._changes.logos,
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
    def __init__(self, stored: Tables, changes: Tables, turn: Turn) -> None:
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

    async def hold(self, ids: Collection[int], *, codes: Collection[str]) -> None:  # noqa: ARG002  # of the port
        # Others wait for the whole transaction.
        await self._turn.begin()

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
    def __init__(self, stored: Tables, changes: Tables, turn: Turn) -> None:
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
