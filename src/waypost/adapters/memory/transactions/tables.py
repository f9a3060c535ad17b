"""What the store in memory keeps, and what a transaction changes of it."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count

from waypost.adapters.memory.bulk.done_batches import Stored
from waypost.adapters.memory.bulk.kept_answers import Kept
from waypost.adapters.memory.domains.store import Logos as StoredLogos
from waypost.adapters.memory.domains.store import Stored as StoredDomains
from waypost.adapters.memory.tags.store import TagTables
from waypost.domain.access.keys import ApiKey
from waypost.domain.audit.entries import AuditEntry
from waypost.domain.campaigns.templates import UtmTemplate
from waypost.domain.clicks import JournalPosition
from waypost.domain.links import Link
from waypost.domain.sequences import CountedSequences
from waypost.ports.outbox import StoredEvent


@dataclass(slots=True)
class Tables:
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
    logos: StoredLogos = field(default_factory=dict)
    audit: list[AuditEntry] = field(default_factory=list)
    done_batches: Stored = field(default_factory=dict)
    tags: TagTables = field(default_factory=TagTables)
    utm_templates: dict[str, UtmTemplate | None] = field(default_factory=dict)
    answers: Kept = field(default_factory=dict)

    def apply(self, changes: "Tables") -> None:
        """Take over what a transaction has changed."""
        for key in changes.gone:
            self.links.pop(key, None)
        self.links.update(changes.links)
        self.links_by_id.update(changes.links_by_id)
        self.clicks.update(changes.clicks)
        self.counted.update(changes.counted)
        self.positions.update(changes.positions)
        self.keys.update(changes.keys)
        self.domains.update(changes.domains)
        self.logos.update(changes.logos)
        self.audit.extend(changes.audit)
        self.done_batches.update(changes.done_batches)
        self.tags.apply(changes.tags)
        self.utm_templates.update(changes.utm_templates)
        self.answers.update(changes.answers)
        waiting = [*self.events, *changes.events]
        self.events[:] = [
            each for each in waiting if each[1].id not in changes.removed_events
        ]
