"""The bodies of requests and answers about keys."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Self

from pydantic import ConfigDict, Field, StringConstraints, field_validator

from waypost.api.bodies import ActorBody, Body, Moment, Second
from waypost.api.links.bodies import without_defaults
from waypost.domain.access.keys import ApiKey, KeyState, Principal
from waypost.domain.access.limits import MAX_QUOTA
from waypost.domain.access.scopes import KeyScope, ordered
from waypost.services.access.manage import KeySpec

LONGEST_OVERLAP: Final = timedelta(days=30)
_MAX_SCOPES: Final = 20
_MAX_DOMAINS: Final = 50

Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)
]
Scopes = Annotated[
    list[KeyScope],
    Field(
        min_length=1,
        max_length=_MAX_SCOPES,
        description="What it permits: `links:read`, `links:create`, `links:write` "
        "(which includes both), `reports:read`, `admin` (everything).",
    ),
]
Domains = Annotated[
    list[Annotated[str, Field(max_length=260)]],
    Field(
        max_length=_MAX_DOMAINS,
        description="The hosts whose links it is for. Empty: those of all domains.",
    ),
]
OwnLinks = Annotated[
    bool,
    Field(
        strict=True,
        description="Whether it sees only the links that it made: others are not "
        "found, lists and exports have its own, and reports need `link`.",
    ),
]
RateLimit = Annotated[
    int | None,
    Field(
        ge=1,
        le=MAX_QUOTA,
        description="How many requests it may make in any minute. Null: as many as "
        "the server's `KEY_RATE_LIMIT` says.",
    ),
]


def _in_future(value: datetime | None) -> datetime | None:
    if value is not None and value <= datetime.now(UTC):
        raise ValueError("this moment is over: name a later one, such as +365d")
    return value


class NewKey(Body):
    """A key to make. Fields that are not listed here are refused."""

    model_config = ConfigDict(extra="forbid")

    name: Name = Field(description="What people recognise it by; need not be unique.")
    scopes: Scopes
    domains: Domains = Field(default_factory=list)
    own_links: OwnLinks = False
    expires_at: Moment = Field(
        default=None,
        description="From this moment on it is refused. Null: never.",
        examples=["2027-02-01T00:00:00Z", "+365d"],
    )
    rate_limit: RateLimit = None

    _expires = field_validator("expires_at")(_in_future)

    def spec(self) -> KeySpec:
        """Return it in the form that the use case takes."""
        return KeySpec(
            name=self.name,
            scopes=ordered(self.scopes),
            domains=tuple(dict.fromkeys(self.domains)),
            expires_at=self.expires_at,
            rate_limit=self.rate_limit,
            own_links=self.own_links,
        )


class KeyChanges(Body):
    """Changes of a key, as a merge patch: fields that are left out stay unchanged."""

    model_config = ConfigDict(extra="forbid", json_schema_extra=without_defaults)

    name: Name = Field(default="-", description="Its new name.")
    scopes: Scopes = Field(default_factory=list)
    domains: Domains = Field(default_factory=list)
    own_links: OwnLinks = False
    expires_at: Moment = Field(
        default=None, description="From this moment on it is refused. Null: never."
    )
    rate_limit: RateLimit = None

    _expires = field_validator("expires_at")(_in_future)

    def change(self) -> Callable[[ApiKey], ApiKey]:
        """Return what makes a changed key of a key."""

        def changed(key: ApiKey) -> ApiKey:
            named = self.model_fields_set
            return replace(
                key,
                name=self.name if "name" in named else key.name,
                scopes=ordered(self.scopes) if "scopes" in named else key.scopes,
                domains=tuple(dict.fromkeys(self.domains))
                if "domains" in named
                else key.domains,
                expires_at=self.expires_at if "expires_at" in named else key.expires_at,
                rate_limit=self.rate_limit if "rate_limit" in named else key.rate_limit,
                own_links=self.own_links if "own_links" in named else key.own_links,
            )

        return changed


class Rotation(Body):
    """How a key gets a new secret."""

    model_config = ConfigDict(extra="forbid")

    overlap: Moment = Field(
        default=None,
        description="Until when the old secret is accepted as well, 30 days at most. "
        "Null: it is refused at once.",
        examples=["+24h"],
    )

    @field_validator("overlap")
    @classmethod
    def _check_overlap(cls, value: datetime | None) -> datetime | None:
        if value is not None and value > datetime.now(UTC) + LONGEST_OVERLAP:
            raise ValueError("the old secret is accepted for 30 days at most")
        return _in_future(value)


class KeyView(Body):
    """A key, without its secret."""

    id: str
    name: str
    prefix: str = Field(description="How its secret begins.")
    key: str | None = Field(
        description="Its secret, in the answer that makes it, and never again."
    )
    scopes: list[KeyScope]
    domains: list[str]
    own_links: bool
    rate_limit: int | None = Field(
        description="How many requests it may make in any minute, where that is not "
        "the server's setting."
    )
    state: KeyState
    created_at: Second
    created_by: ActorBody
    expires_at: datetime | None
    last_used_at: Second | None = Field(description="Written down each minute.")
    revoked_at: Second | None
    previous_until: datetime | None = Field(
        description="Until when the secret before the last rotation is accepted."
    )

    @classmethod
    def of(cls, key: ApiKey, *, now: datetime, text: str | None = None) -> Self:
        """Return the body of *key* at the moment *now*, with its secret *text*."""
        is_old = key.previous_until is not None and key.previous_until <= now
        return cls(
            id=key.id,
            name=key.name,
            prefix=key.prefix,
            key=text,
            scopes=list(key.scopes),
            domains=list(key.domains),
            own_links=key.own_links,
            rate_limit=key.rate_limit,
            state=key.state(now),
            created_at=key.created_at,
            created_by=ActorBody.of(key.created_by),
            expires_at=key.expires_at,
            last_used_at=key.last_used_at,
            revoked_at=key.revoked_at,
            previous_until=None if is_old else key.previous_until,
        )


class KeyListBody(Body):
    """Some keys, and where to go on."""

    data: list[KeyView]
    next_cursor: str | None = Field(description="Null: there are no more.")


class MeBody(Body):
    """Who is asking, and what that permits."""

    type: str = Field(description="`key` or `admin_token`.")
    id: str | None
    name: str | None
    scopes: list[KeyScope]
    domains: list[str]
    own_links: bool
    expires_at: datetime | None

    @classmethod
    def of(cls, principal: Principal) -> Self:
        """Return the body of *principal*."""
        return cls(
            type=principal.actor.type,
            id=principal.actor.id,
            name=principal.actor.name,
            scopes=list(principal.scopes),
            domains=list(principal.domains),
            own_links=principal.own_links,
            expires_at=principal.expires_at,
        )


class Features(Body):
    """What this server does beyond links."""

    reports: bool
    public_creation: bool = Field(description="Whether links are made without a key.")


class Limits(Body):
    """What this server takes at most."""

    body_bytes: int
    bulk_items: int = Field(description="Of a call about many links; a stream has any.")


class ServerBody(Body):
    """What this server is, and what it can."""

    product: str
    version: str
    api: str
    time: Second
    docs: str
    features: Features
    limits: Limits
