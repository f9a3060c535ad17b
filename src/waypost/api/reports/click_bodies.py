"""Single clicks in answers."""

from collections.abc import Mapping
from datetime import UTC
from typing import TypeAlias

from pydantic import Field

from waypost.api.bodies import Body
from waypost.api.reports.bodies import Fields
from waypost.domain.analytics.dimensions import DIMENSIONS
from waypost.domain.analytics.enriched import EnrichedClick
from waypost.domain.clicks import ClickIdentity
from waypost.domain.reports.calendar import local
from waypost.services.reports.clicks import ClickPage
from waypost.services.reports.link_names import KnownLinks

Flat: TypeAlias = Mapping[str, str | int | None]


class LinkOfClick(Body):
    """The link that was followed."""

    id: int
    domain: str | None = Field(description="Null: there is no such link any more.")
    code: str | None


class ClickBody(Body):
    """One click. Null: unknown."""

    id: str = Field(description="Distinguishes the click from every other.")
    at: str = Field(description="When the redirect was answered, in UTC.")
    link: LinkOfClick
    country: str | None
    region: str | None
    city: str | None
    device: str | None
    os: str | None
    browser: str | None
    language: str | None
    referrer: str | None
    channel: str | None
    utm_source: str | None
    utm_medium: str | None
    utm_campaign: str | None
    utm_term: str | None
    utm_content: str | None
    source: str | None
    machine: str | None = Field(
        description="Why it is a program's click; null: it is a person's."
    )
    agent: str | None
    rule: str | None = Field(
        description="The link's rule that decided: its name, or else its place from 0."
    )
    variant: str | None = Field(
        description="The link's variant that the visitor got; null: the URL itself."
    )


class ClickListBody(Body):
    """Clicks, newest first."""

    data: list[ClickBody]
    next_cursor: str | None = Field(description="Null: there are no more.")


def click_list_body(
    page: ClickPage, known: KnownLinks, *, default_domain: str
) -> Fields:
    """Return the body of a list of clicks, whose links are *known*."""
    data = [click_body(click, known, default_domain) for click in page.clicks]
    return {"data": data, "next_cursor": page.next_cursor}


def click_body(click: EnrichedClick, known: KnownLinks, default_domain: str) -> Fields:
    """Return the body of *click*, whose link is *known*."""
    flat = dict(_flat(click, known, default_domain))
    link = {
        "id": flat.pop("link_id"),
        "domain": flat.pop("domain"),
        "code": flat.pop("code"),
    }
    return {**flat, "link": link}


def _flat(click: EnrichedClick, known: KnownLinks, default_domain: str) -> Flat:
    """Return *click* by the names of its fields."""
    link = known.get(click.link_id)
    moment = local(click.time_ms, UTC).isoformat(timespec="milliseconds")
    return {
        "id": str(ClickIdentity(click.journal, click.lane, click.sequence)),
        "at": moment.removesuffix("+00:00") + "Z",
        "link_id": click.link_id,
        "domain": (link.domain or default_domain) if link else None,
        "code": link.shown_code if link else None,
        **dict(zip(DIMENSIONS, click.values, strict=True)),
    }
