"""The audit trail: entries that are committed with the changes that they describe.

What changes something adds its entry in the same transaction, so that there is no
change without an entry and no entry without a change, also after `kill -9`:

    async with storage.transaction() as transaction:
        if await transaction.links.change(new):
            await transaction.audit.add([link_changed(old, new, by=cause)])

Work of several transactions, such as a job, adds its entry before it begins.
"""

from collections.abc import Collection, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import NamedTuple, Protocol

from waypost.domain.audit.entries import AuditEntry, AuditFilter
from waypost.domain.audit.link_made import LinkMade


class AuditWriter(Protocol):
    """The trail inside a transaction."""

    async def add(self, entries: Sequence[AuditEntry | LinkMade]) -> None:
        """Store *entries*, and note that no file has them yet.

        Raises:
            BackendUnavailable: The store does not answer.
        """
        ...


class AuditTransaction(Protocol):
    """One unit of work: all of it is committed, or nothing."""

    @property
    def audit(self) -> AuditWriter:
        """The trail."""
        ...


class AuditStorage(Protocol):
    """A store that work of several transactions notes its beginning in."""

    def transaction(self) -> AbstractAsyncContextManager[AuditTransaction]:
        """Open a transaction: committed at the end, rolled back on an exception.

        Raises:
            BackendUnavailable: The store does not answer, or cannot commit.
        """
        ...


class AuditPage(NamedTuple):
    """Some entries, the newest first."""

    entries: Sequence[AuditEntry]
    before: str | None
    """The id below which the list goes on. None: it is at its end."""


class EntryLine(NamedTuple):
    """An entry as it is written into a file."""

    id: str
    text: str
    """One line, without its end (`wire/audit_entry.py`)."""


class Unfiled(NamedTuple):
    """How many entries no file has yet."""

    entries: int
    oldest: datetime | None
    """When the first of them was made; None: there are none."""


class AuditTrail(Protocol):
    """What was committed of the trail.

    Every method may raise `BackendUnavailable`.
    """

    async def page(
        self, wanted: AuditFilter, *, limit: int, before: str | None = None
    ) -> AuditPage:
        """Return up to *limit* entries that are *wanted*, with ids below *before*.

        It looks at a bounded number of entries: a page may have fewer than *limit*,
        or none, and still not be the last.
        """
        ...

    async def unfiled(self, *, limit: int) -> Sequence[EntryLine]:
        """Return up to *limit* entries that no file has, the oldest first."""
        ...

    async def filed(self, ids: Collection[str]) -> None:
        """Note that a file has the entries of these *ids*."""
        ...

    async def count_unfiled(self, *, limit: int) -> Unfiled:
        """Return how many entries no file has; *limit* if there are more."""
        ...

    async def expire(self, before: datetime, *, limit: int) -> int:
        """Delete up to *limit* entries from before that moment; return how many.

        Those that no file has stay.
        """
        ...
