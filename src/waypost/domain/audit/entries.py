"""Entries of the audit trail: who changed what, when, from what to what."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final, NamedTuple

from waypost.domain.access.key_ids import make_key_id
from waypost.domain.access.keys import Actor, ActorType

CHANGED: Final = "changed"
"""Stands for a secret."""
_TIME_DIGITS: Final = 12


class Action(StrEnum):
    """What was done; the values are stored and published."""

    LINK_CREATED = "link.created"
    LINK_UPDATED = "link.updated"
    LINK_DELETED = "link.deleted"
    LINK_RESTORED = "link.restored"
    LINK_QUARANTINED = "link.quarantined"
    LINK_RELEASED = "link.released"
    KEY_CREATED = "key.created"
    KEY_UPDATED = "key.updated"
    KEY_ROTATED = "key.rotated"
    KEY_REVOKED = "key.revoked"
    DOMAIN_CREATED = "domain.created"
    DOMAIN_UPDATED = "domain.updated"
    DOMAIN_DELETED = "domain.deleted"
    TAG_CREATED = "tag.created"
    TAG_UPDATED = "tag.updated"
    TAG_RENAMED = "tag.renamed"
    TAG_DELETED = "tag.deleted"
    UTM_TEMPLATE_SAVED = "utm_template.saved"
    UTM_TEMPLATE_DELETED = "utm_template.deleted"
    JOB_STARTED = "job.started"
    JOB_ASKED = "job.asked"
    JOB_CANCELED = "job.canceled"
    CLICKS_ERASED = "clicks.erased"
    UNKNOWN_CODES_DELETED = "unknown_codes.deleted"


class Cause(NamedTuple):
    """Who causes a change, and by which request."""

    actor: Actor
    request_id: str | None = None
    """As in the log and in `X-Request-ID`; None: it was no request."""


BY_SERVER: Final = Cause(Actor(ActorType.SERVER))
"""What a server does by itself."""
BY_COMMAND: Final = Cause(Actor(ActorType.OPERATOR))
"""What a command does without a server."""
WITHOUT_KEY: Final = Actor(ActorType.ANONYMOUS)
"""Who asks without a key."""


class Resource(NamedTuple):
    """What was changed."""

    type: str
    id: str | None = None
    """None: there is only one, or all of them are meant."""
    name: str | None = None
    """What people called it then."""

    @property
    def key(self) -> str:
        """What it is found by, such as `link:1001`."""
        return self.type if self.id is None else f"{self.type}:{self.id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEntry:
    """One change. It holds no addresses of clients, and of secrets only `CHANGED`."""

    id: str
    """A uuid of version 7, made with the change: later changes have greater ones."""
    at: datetime
    """When the change was made, in milliseconds."""
    actor: Actor
    action: str
    """An `Action`, or one of a later release."""
    resource: Resource
    version: int | None = None
    """That of the resource after the change, if it has versions."""
    before: Mapping[str, object] = field(default_factory=dict)
    """What had another value, as values of JSON. Setting it again undoes the change."""
    after: Mapping[str, object] = field(default_factory=dict)
    """What has another value, as values of JSON."""
    request_id: str | None = None


def entry_id(now: datetime) -> str:
    """Return the id of a new entry."""
    return make_key_id(now)


def moment_of(entry_id: str) -> datetime:
    """Return when the entry of this id was made."""
    milliseconds = int(entry_id.replace("-", "")[:_TIME_DIGITS], 16)
    seconds, rest = divmod(milliseconds, 1_000)
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.replace(microsecond=rest * 1_000)


def first_id(moment: datetime) -> str:
    """Return what ids from *moment* on are not below, and those before it are."""
    digits = f"{max(0, int(moment.timestamp() * 1_000)):0{_TIME_DIGITS}x}"
    return f"{digits[:8]}-{digits[8:]}"


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which entries of the trail. All conditions must hold."""

    actors: frozenset[str] = frozenset()
    """Ids of keys, or types of actors. None: all."""
    actions: frozenset[str] = frozenset()
    """None: all."""
    resource: str | None = None
    """As `Resource.key`. None: all."""
    start: datetime | None = None
    """Those from this moment on."""
    end: datetime | None = None
    """Those before this moment."""
