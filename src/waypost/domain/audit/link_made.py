"""The entry of a new link in its shortest form: most entries are of these.

Many links are made at once, and their entries differ in the link only.
"""

from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from waypost.domain.audit.entries import (
    Action,
    AuditEntry,
    Cause,
    Resource,
    first_id,
    moment_of,
)
from waypost.domain.links import Link


class LinkMade(NamedTuple):
    """A new link that has nothing but a code and a target, and who has made it."""

    id: str
    """That of the entry."""
    link: Link
    by: Cause

    @property
    def entry(self) -> AuditEntry:
        """The same in the form that all entries have."""
        link = self.link
        return AuditEntry(
            id=self.id,
            at=written_at(link.updated_at),
            actor=self.by.actor,
            action=Action.LINK_CREATED,
            resource=Resource("link", str(link.id), link.name),
            version=link.version,
            after={"code": link.shown_code, "url": link.target},
            request_id=self.by.request_id,
        )


@lru_cache(maxsize=64)
def written_at(moment: datetime) -> datetime:
    """Return the moment that ids of entries made at *moment* say.

    Links that are made together have one.
    """
    return moment_of(first_id(moment))
