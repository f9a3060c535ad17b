"""Lists of audit entries for clients: pages with cursors."""

import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from waypost.domain.audit.entries import AuditEntry, AuditFilter
from waypost.domain.errors import InvalidCursor
from waypost.ports.audit.trail import AuditTrail


class AuditAnswer(NamedTuple):
    """A page of a list, the newest entries first."""

    entries: Sequence[AuditEntry]
    next_cursor: str | None
    """None: the list is at its end."""


async def list_entries(
    wanted: AuditFilter, *, cursor: str | None, limit: int, trail: AuditTrail
) -> AuditAnswer:
    """Return a page of the entries that are *wanted*, behind *cursor*.

    Raises:
        InvalidCursor: The cursor is none, or that of another list.
        BackendUnavailable: The store does not answer.
    """
    before = None if cursor is None else _place(cursor, wanted)
    page = await trail.page(wanted, limit=limit, before=before)
    return AuditAnswer(page.entries, page.before and _text(page.before, wanted))


def _text(entry_id: str, wanted: AuditFilter) -> str:
    text = f"{_sum(wanted)}:{entry_id}"
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _place(text: str, wanted: AuditFilter) -> str:
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        of_list, _, entry_id = urlsafe_b64decode(padded).decode("ascii").partition(":")
        if of_list == _sum(wanted):
            return str(UUID(entry_id))
    except ValueError:
        pass
    raise InvalidCursor


def _sum(wanted: AuditFilter) -> str:
    """Return a number for a list; its moments may move with the clock."""
    parts = (sorted(wanted.actors), sorted(wanted.actions), wanted.resource)
    return str(zlib.crc32(repr(parts).encode()))
