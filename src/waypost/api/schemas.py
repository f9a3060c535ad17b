"""The bodies of requests and answers."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from waypost.domain.links import Link
from waypost.telemetry.health import HealthState


class Body(BaseModel):
    """What all bodies have in common: they cannot be changed once they are made."""

    model_config = ConfigDict(frozen=True)


class ShortenRequest(Body):
    """What to shorten. Fields that are not listed here are refused."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(description="The URL that the short link leads to.")
    custom_code: str | None = Field(
        default=None,
        description="A code of your choice: 3 to 20 letters or digits. "
        "Without one, a code is made.",
    )


class LinkBody(Body):
    """A short link and its count of clicks."""

    id: int
    short_code: str
    original_url: str = Field(description="The target, as visitors are sent to it.")
    short_url: str = Field(description="The URL to hand out.")
    clicks: int = Field(description="How often the short link was followed.")
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, link: Link, *, clicks: int, base_url: str) -> "LinkBody":
        """Return the body that tells of *link*."""
        return cls(
            id=link.id,
            short_code=link.code,
            original_url=link.target,
            short_url=f"{base_url}/{link.code}",
            clicks=clicks,
            created_at=link.created_at,
            updated_at=link.updated_at,
        )


class VersionedLinkBody(LinkBody):
    """A short link, its count of clicks, and its version."""

    version: int = Field(description="Grows by one with every change.")

    @classmethod
    def of(cls, link: Link, *, clicks: int, base_url: str) -> "VersionedLinkBody":
        """Return the body that tells of *link*."""
        body = LinkBody.of(link, clicks=clicks, base_url=base_url)
        return cls.model_validate({**body.model_dump(), "version": link.version})


class ChangeRequest(Body):
    """How a link should be. Fields that are not listed here are refused."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(description="The URL that the short link leads to from now on.")
    version: int | None = Field(
        default=None,
        strict=True,
        ge=1,
        description="The version that you have read: if the link has changed since, "
        "nothing is changed. Without one, or an `If-Match`, the last change wins.",
    )


class HealthBody(Body):
    """The state of this process and of what it needs."""

    status: HealthState = Field(
        description="Whether links can be made and clicks are kept: unhealthy if the "
        "database or the journal is."
    )
    database: HealthState
    journal: HealthState = Field(
        description="The click journal on this process's disk. Without it redirects "
        "go on, and their clicks are lost."
    )
    cache: HealthState = Field(
        description="The cache that processes share. Everything goes on without it."
    )


class ProbeBody(Body):
    """The state of this process alone."""

    status: HealthState


class ReadinessBody(ProbeBody):
    """The state of this process, and of what its readiness depends on."""

    checks: dict[str, HealthState] = Field(description="The state of each, by name.")


class FieldError(Body):
    """What is wrong with one field of a request."""

    field: str = Field(description="The field's name, or `body` for the whole.")
    message: str


class Problem(Body):
    """A refusal, as problem details (RFC 9457)."""

    type: str = Field(description="Where this kind of refusal is explained.")
    title: str = Field(description="The meaning of the status.")
    status: int
    detail: str = Field(description="What is wrong, and what to do about it.")
    code: str = Field(description="Stable name of this kind of refusal.")
    request_id: str | None = Field(
        default=None, description="The request's id, as in the server's log."
    )
    errors: list[FieldError] | None = Field(
        default=None, description="For `invalid-request`: what is wrong where."
    )
