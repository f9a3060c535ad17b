"""Keys, and those who ask with them."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from hmac import compare_digest
from typing import Final, NamedTuple

from waypost.domain.access.scopes import KeyScope, granted


class ActorType(StrEnum):
    """What acts; the values are stored and published."""

    KEY = "key"
    ADMIN_TOKEN = "admin_token"  # noqa: S105  # the name of a type
    """The bearer of the token in the server's settings."""
    OPERATOR = "operator"
    """A person at the server's machine."""
    ANONYMOUS = "anonymous"
    """Who asks without a key, where that is allowed."""
    SERVER = "server"
    """The server itself, at a time that it has chosen."""


class Actor(NamedTuple):
    """Who did something, as it is written down."""

    type: str
    """An `ActorType`, or a type of a later release."""
    id: str | None = None
    """The key's; None: there is nothing that could be looked up."""
    name: str | None = None


class KeyState(StrEnum):
    """Whether a key is accepted, and if not, why."""

    ACTIVE = "active"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """What is known of a key; its text is known to its bearer alone."""

    id: str
    """A uuid of version 7: later keys have greater ones."""
    name: str
    prefix: str
    """How its text begins."""
    secret_hash: str
    """The SHA-256 of its text, in hexadecimal digits."""
    previous_hash: str | None = None
    """That of the text before the last rotation."""
    previous_until: datetime | None = None
    """Until when the text before the last rotation is accepted as well."""
    scopes: tuple[KeyScope, ...]
    domains: tuple[str, ...] = ()
    """The hosts whose links it is for; none: those of all domains."""
    created_at: datetime
    created_by: Actor
    expires_at: datetime | None = None
    last_used_at: datetime | None = None
    """At least; it is written down a minute later."""
    revoked_at: datetime | None = None
    own_links: bool = False
    """Whether it sees only the links that it made."""
    rate_limit: int | None = None
    """How many requests it may make in any minute; None: as the server's settings."""

    def state(self, now: datetime) -> KeyState:
        """Return whether it is accepted at the moment *now*."""
        if self.revoked_at is not None:
            return KeyState.REVOKED
        if self.expires_at is not None and self.expires_at <= now:
            return KeyState.EXPIRED
        return KeyState.ACTIVE

    def has_secret(self, secret_hash: str, now: datetime) -> bool:
        """Return whether *secret_hash* is that of its text at the moment *now*."""
        # In constant time: how long a refusal takes must not show how much was right.
        if compare_digest(secret_hash, self.secret_hash):
            return True
        before, until = self.previous_hash, self.previous_until
        if before is None or until is None or now >= until:
            return False
        return compare_digest(secret_hash, before)


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who is asking, and what that permits."""

    actor: Actor
    scopes: tuple[KeyScope, ...]
    """As they were given."""
    granted: frozenset[KeyScope]
    """With those that they include."""
    domains: tuple[str, ...] = ()
    """As of a key."""
    expires_at: datetime | None = None
    rate_limit: int | None = None
    """As of a key."""
    own_links: bool = False
    """As of a key."""

    @classmethod
    def of(cls, key: ApiKey) -> "Principal":
        """Return who asks with *key*."""
        return cls(
            actor=Actor(ActorType.KEY, key.id, key.name),
            scopes=key.scopes,
            granted=granted(key.scopes),
            domains=key.domains,
            expires_at=key.expires_at,
            rate_limit=key.rate_limit,
            own_links=key.own_links,
        )

    def covers(self, scopes: tuple[KeyScope, ...], domains: tuple[str, ...]) -> bool:
        """Return whether it permits all that a key with *scopes* and *domains* does."""
        if not granted(scopes) <= self.granted:
            return False
        return not self.domains or (bool(domains) and set(domains) <= set(self.domains))


ADMIN_BY_TOKEN: Final = Principal(
    actor=Actor(ActorType.ADMIN_TOKEN),
    scopes=(KeyScope.ADMIN,),
    granted=granted({KeyScope.ADMIN}),
)
"""Who asks with the `ADMIN_TOKEN` of the settings."""
BY_OPERATOR: Final = Principal(
    actor=Actor(ActorType.OPERATOR),
    scopes=(KeyScope.ADMIN,),
    granted=granted({KeyScope.ADMIN}),
)
"""Who works on the database itself."""
