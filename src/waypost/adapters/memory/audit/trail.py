"""The audit trail in this process's memory: no file is written from it."""

from collections.abc import Awaitable, Callable, Collection, MutableSequence, Sequence
from datetime import datetime

from waypost.domain.audit.entries import AuditEntry, AuditFilter, first_id
from waypost.domain.audit.link_made import LinkMade
from waypost.ports.audit.trail import AuditPage, EntryLine, Unfiled
from waypost.wire.audit_entry import encode_entry


class MemoryAuditTrail:
    """What was committed. Its methods are described at the port."""

    def __init__(self, stored: MutableSequence[AuditEntry]) -> None:
        self._stored = stored
        self._filed: set[str] = set()

    async def page(
        self, wanted: AuditFilter, *, limit: int, before: str | None = None
    ) -> AuditPage:
        """Return up to *limit* entries that are *wanted*, with ids below *before*."""
        found = sorted(
            (
                entry
                for entry in self._stored
                if before is None or entry.id < before
                if _is_wanted(entry, wanted)
            ),
            key=lambda entry: entry.id,
            reverse=True,
        )
        page = found[:limit]
        return AuditPage(page, page[-1].id if len(found) > limit else None)

    async def unfiled(self, *, limit: int) -> Sequence[EntryLine]:
        """Return up to *limit* entries that no file has, the oldest first."""
        waiting = self._unfiled()[:limit]
        return [EntryLine(one.id, encode_entry(one).decode()) for one in waiting]

    async def filed(self, ids: Collection[str]) -> None:
        """Note that a file has the entries of these *ids*."""
        self._filed.update(ids)

    async def count_unfiled(self, *, limit: int) -> Unfiled:
        """Return how many entries no file has; *limit* if there are more."""
        waiting = self._unfiled()[:limit]
        return Unfiled(len(waiting), waiting[0].at if waiting else None)

    async def expire(self, before: datetime, *, limit: int) -> int:
        """Delete up to *limit* entries from before that moment that files have."""
        old = [
            entry
            for entry in self._stored
            if entry.id < first_id(before) and entry.id in self._filed
        ][:limit]
        for entry in old:
            self._stored.remove(entry)
            self._filed.discard(entry.id)
        return len(old)

    def _unfiled(self) -> Sequence[AuditEntry]:
        waiting = [entry for entry in self._stored if entry.id not in self._filed]
        return sorted(waiting, key=lambda entry: entry.id)


class MemoryAuditWriter:
    """New entries, in a list of their own until they are committed."""

    def __init__(
        self,
        changes: MutableSequence[AuditEntry],
        *,
        begin: Callable[[], Awaitable[None]],
    ) -> None:
        self._changes = changes
        self._begin = begin

    async def add(self, entries: Sequence[AuditEntry | LinkMade]) -> None:
        """Store *entries*."""
        await self._begin()
        self._changes.extend(
            one.entry if isinstance(one, LinkMade) else one for one in entries
        )


def _is_wanted(entry: AuditEntry, wanted: AuditFilter) -> bool:
    actor = entry.actor.id or entry.actor.type
    return (
        (not wanted.actors or actor in wanted.actors)
        and (not wanted.actions or entry.action in wanted.actions)
        and wanted.resource in {None, entry.resource.key}
        and (wanted.start is None or entry.id >= first_id(wanted.start))
        and (wanted.end is None or entry.id < first_id(wanted.end))
    )
