"""The bodies of calls that know no options of links."""

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
    """A short link and its number of clicks."""

    id: int
    short_code: str
    original_url: str = Field(description="The target that visitors are sent to.")
    short_url: str = Field(description="The URL to publish.")
    clicks: int = Field(description="How often the short link was followed.")
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, link: Link, *, clicks: int, base_url: str) -> "LinkBody":
        """Return the body of *link*."""
        return cls(
            id=link.id,
            short_code=link.shown_code,
            original_url=link.target,
            short_url=link.short_url(base_url),
            clicks=clicks,
            created_at=link.created_at,
            updated_at=link.updated_at,
        )
