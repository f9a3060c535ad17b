"""Write what the audit trail of the store holds into files, and delete what is old.

::

    change and entry ─▶ committed ─▶ entries that no file has ─▶ file ─▶ noted as filed
                                          ▲ after kill -9: again, and not twice │

The store is the trail; files follow it, within seconds. A full disk, or a folder that
is gone, makes them wait and stops no change. One process writes at a time.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final, Protocol

from waypost.domain.errors import BackendUnavailable
from waypost.ports.audit.trail import AuditTrail, EntryLine
from waypost.ports.leadership import Leadership
from waypost.ports.runtime import Clock
from waypost.services.rounds import Rounds

POLL_SECONDS: Final = 1.0
"""How often it is looked for new entries."""
FILED_AT_ONCE: Final = 1_000
EXPIRE_SECONDS: Final = 60.0
"""How often old entries are looked for, where there were none."""
EXPIRED_AT_ONCE: Final = 1_000
"""Entries that are deleted in one transaction: other writers wait for it."""
_BETWEEN_DELETIONS: Final = 1.0
LATE: Final = timedelta(minutes=1)
"""How old an entry is that should be in a file."""


class Files(Protocol):
    """Where entries are written; both raise OSError if the disk refuses."""

    def append(self, entries: Sequence[EntryLine], *, now: datetime) -> None:
        """Add *entries* durably, without those of the last time."""
        ...

    def expire(self, before: datetime) -> int:
        """Remove files of days before that of *before*; return how many."""
        ...


class KeepAuditFiles:
    """Keeps the files of one trail; of several processes, one does it at a time."""

    def __init__(
        self,
        trail: AuditTrail,
        *,
        files: Files,
        lock: Leadership,
        clock: Clock,
        kept: timedelta | None,
    ) -> None:
        """Keep entries for *kept*; None: for ever."""
        self._trail = trail
        self._files = files
        self._lock = lock
        self._clock = clock
        self._kept = kept
        self._filing = Rounds(
            "audit.not_filed",
            interval=POLL_SECONDS,
            expected=(BackendUnavailable, OSError),
        )
        self._expiring = Rounds(
            "audit.not_expired",
            interval=EXPIRE_SECONDS,
            expected=(BackendUnavailable, OSError),
        )

    async def run(self) -> None:
        """Keep the files until cancelled."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._filing.run(self.file_some))
                if self._kept is not None:
                    tasks.create_task(self._expiring.run(self.expire_some))
        finally:
            with suppress(BackendUnavailable):
                await self._lock.resign()

    async def file_some(self) -> float:
        """Write some entries; return how many seconds to pause.

        Raises:
            OSError: The disk refuses.
            BackendUnavailable: The store does not answer.
        """
        entries = await self._trail.unfiled(limit=FILED_AT_ONCE)
        if not entries or not await self._lock.hold():
            return POLL_SECONDS
        now = self._clock.now()
        await asyncio.to_thread(self._files.append, entries, now=now)
        await self._trail.filed([entry.id for entry in entries])
        return 0.0 if len(entries) == FILED_AT_ONCE else POLL_SECONDS

    async def expire_some(self) -> float:
        """Delete some of what is too old; return how many seconds to pause.

        Raises:
            OSError: The disk refuses.
            BackendUnavailable: The store does not answer.
        """
        assert self._kept is not None, "what is kept for ever is not deleted"
        before = self._clock.now() - self._kept
        deleted = await self._trail.expire(before, limit=EXPIRED_AT_ONCE)
        await asyncio.to_thread(self._files.expire, before)
        return _BETWEEN_DELETIONS if deleted == EXPIRED_AT_ONCE else EXPIRE_SECONDS


async def check_filed(trail: AuditTrail, clock: Clock) -> None:
    """Check that the files have every entry but those of the last minute.

    Raises:
        BackendUnavailable: They lack older ones, or the store does not answer.
    """
    waiting = await trail.count_unfiled(limit=1)
    if waiting.oldest is not None and clock.now() - waiting.oldest > LATE:
        raise BackendUnavailable("Entries wait for the files of the audit trail.")
