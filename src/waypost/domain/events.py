"""What happened to a link."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from waypost.domain.links import DEFAULT_DOMAIN, Link


class LinkEventKind(StrEnum):
    """The kinds of changes; the values are stored and published."""

    CREATED = "link.created"
    CHANGED = "link.changed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkEvent:
    """A committed change of a link, with the link as it is after the change."""

    kind: LinkEventKind
    link: Link
    occurred_at: datetime

    def __post_init__(self) -> None:
        """Refuse a moment without a zone."""
        assert self.occurred_at.tzinfo is not None, "occurred_at needs a time zone"


class EventReader(NamedTuple):
    """One that gets events of links, at least once each, under a name of its own."""

    name: str
    """Stored with each event that waits for it."""
    wants_generated: bool = False
    """Whether it gets the creation of links with generated codes too.

    Caches need not: no process remembers that such a code is unused.
    """


CACHES: Final = EventReader("caches")
"""What keeps links in caches: each process by itself, and Redis."""


class Invalidation(NamedTuple):
    """A link was created or changed, and this is its version now."""

    code: str
    version: int
    domain: str = DEFAULT_DOMAIN
