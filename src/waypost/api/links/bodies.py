"""What requests about links say, and what the answers say of a link."""

from datetime import datetime

from pydantic import ConfigDict, Field

from waypost.api.bodies import Body
from waypost.domain.links import Link


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
