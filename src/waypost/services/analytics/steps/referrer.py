"""The page or app that had the link, and the channel that it belongs to."""

import re
from collections.abc import Collection, Sequence
from typing import Final

from waypost.domain.analytics.channels import DIRECT, MAIL, OTHER, channel_of
from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.analytics.remembered import Remembered
from waypost.domain.clicks import Click
from waypost.services.analytics.step import CACHED, EnrichmentStep, Values
from waypost.services.analytics.steps.campaign import Campaign, campaign_of
from waypost.services.analytics.steps.text import MAX_BYTES, text_of

_PAGE: Final = re.compile(
    r"(?:https?|android-app)://(?:[^/?#@]*@)?([^/?#:@\[\]\\\s]+)(?::\d*)?(?:[/?#].*)?",
    re.IGNORECASE | re.DOTALL,
)
_MAIL_MEDIUMS: Final = frozenset({"email", "e-mail", "e_mail", "mail", "newsletter"})

_DIRECT: Final = (None, DIRECT)


def host_of(referrer: bytes) -> str | None:
    """Return the host of a page, or the package of an app; None: there is none."""
    found = _PAGE.fullmatch(text_of(referrer, MAX_BYTES) or "")
    return (plain_host(found[1]) or None) if found else None


def plain_host(host: str) -> str:
    """Return *host* as it is compared: in lower case, without `www.` and port."""
    name = text_of(host.lower().encode(errors="replace")) or ""
    return name.partition(":")[0].strip(".").removeprefix("www.")


def referrer_step(own_hosts: Collection[str]) -> EnrichmentStep:
    """Return the step that reads `Referer`; pages of *own_hosts* are none."""
    own = frozenset(map(plain_host, own_hosts))

    def of_page(header: tuple[bytes, bytes]) -> Values | None:
        referrer, host = header
        page = host_of(referrer[:MAX_BYTES])
        if page is None or page in own or page == _page_of_host(host):
            return None
        return page, channel_of(page)

    def of_query(query: bytes) -> Values:
        return None, _channel_of_campaign(campaign_of(query))

    pages = Remembered(of_page, size=CACHED)
    queries = Remembered(of_query, size=CACHED)

    def values(clicks: Sequence[Click]) -> list[Values]:
        return [
            (click.referrer and pages[click.referrer, click.host])
            or (queries[click.query] if b"utm" in click.query else _DIRECT)
            for click in clicks
        ]

    return EnrichmentStep("referrer", (Dimension.REFERRER, Dimension.CHANNEL), values)


def _page_of_host(host: bytes) -> str:
    return plain_host(host[:MAX_BYTES].decode("latin-1"))


def _channel_of_campaign(campaign: Campaign) -> str:
    """Return what a campaign says where no referrer does: its source, or its medium.

    Assistants name themselves as a source, and mail programs send no referrer.
    """
    source, medium, *_ = campaign
    if source and (channel := channel_of(plain_host(source))) != OTHER:
        return channel
    return MAIL if medium and medium.lower() in _MAIL_MEDIUMS else DIRECT
