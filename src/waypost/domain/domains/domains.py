"""A domain: a host under which links live."""

from dataclasses import dataclass, fields
from datetime import datetime
from enum import StrEnum
from typing import Final
from unicodedata import normalize

from waypost.domain.links import DEFAULT_DOMAIN
from waypost.domain.options import NO_OPTIONS, LinkOptions
from waypost.domain.qr.looks import PLAIN_LOOKS, QrLooks

LOWEST_VERSION: Final = 1
DEFAULT_NAMES: Final = (
    "redirect_status",
    "forward_query",
    "forward_path",
    "preview",
    "crawlable",
)
"""The options that a domain may give to its new links."""


class DomainState(StrEnum):
    """Whether a domain's links are followed; the values are stored and published."""

    ACTIVE = "active"
    DISABLED = "disabled"
    """Its links lead nowhere, and it gets no new ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkDomain:
    """A host, and what holds for all links under it."""

    host: str
    """`DEFAULT_DOMAIN`: that of `BASE_URL`. With the port, if visitors use one."""
    state: DomainState = DomainState.ACTIVE
    root_url: str | None = None
    """Where visitors of the host itself go. None: to this server's own page."""
    not_found_url: str | None = None
    """Where visitors go whose code no link has. None: nowhere, as below."""
    unknown_path_url: str | None = None
    """Where visitors go whose path can be no code."""
    expired_url: str | None = None
    """Where visitors go of a link that is over, and does not say so itself."""
    case_sensitive: bool = True
    """Whether small and capital letters of a code differ."""
    defaults: LinkOptions = NO_OPTIONS
    """What new links get of `DEFAULT_NAMES`."""
    well_known: tuple[tuple[str, str], ...] = ()
    """Names of `WellKnown`, in order, each with its JSON."""
    qr: QrLooks = PLAIN_LOOKS
    """How its QR codes look where nothing else is asked for."""
    version: int = LOWEST_VERSION
    """Grows by one with every change."""
    created_at: datetime | None = None
    """None: it was never added or changed, as it is the one of `BASE_URL`."""
    updated_at: datetime | None = None

    @property
    def is_default(self) -> bool:
        """Whether it is the domain of `BASE_URL`."""
        return self.host == DEFAULT_DOMAIN

    @property
    def is_plain(self) -> bool:
        """Whether a visitor meets nothing of it."""
        return self.case_sensitive and self.state is DomainState.ACTIVE

    def stored(self, code: str) -> str:
        """Return *code* in the form in which this domain's codes are stored."""
        return code if self.case_sensitive else folded_code(code)


URL_NAMES: Final = ("root_url", "not_found_url", "unknown_path_url", "expired_url")
"""The fields that are targets."""
FIELD_NAMES: Final = tuple(each.name for each in fields(LinkDomain))
UNTOUCHED: Final = LinkDomain(host=DEFAULT_DOMAIN)
"""The default domain, of which nothing was changed."""


def folded_code(code: str) -> str:
    """Return what spellings of a code in small and capital letters have in common."""
    return code.lower() if code.isascii() else normalize("NFC", code.casefold())
