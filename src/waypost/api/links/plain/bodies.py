"""The bodies of calls that know no options of links."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial

from pydantic import ConfigDict, Field

from waypost.api.bodies import Body, JudgedBody
from waypost.domain.codes import check_narrow_code
from waypost.domain.judging.findings import Findings
from waypost.domain.links import Link
from waypost.domain.wrong.values import WrongValue
from waypost.services.links.context import LinkContext


class ShortenRequest(JudgedBody):
    """What to shorten. Fields that are not listed here are refused."""

    model_config = ConfigDict(extra="forbid")

    url: str = Field(description="The URL that the short link leads to.")
    custom_code: str | None = Field(
        default=None,
        description="A code of your choice: 3 to 20 letters or digits. "
        "Without one, a code is made.",
    )

    def wrong(self, context: LinkContext) -> Sequence[WrongValue]:
        """Return what is wrong with its values, as far as no store is asked."""
        found = Findings()
        found.look("url", partial(context.new_target, self.url))
        if self.custom_code is not None:
            found.look("custom_code", partial(check_narrow_code, self.custom_code))
        return found.found


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
