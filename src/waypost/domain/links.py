"""A link: a short code and the target that it leads to."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, NamedTuple
from urllib.parse import quote

from waypost.domain.access.keys import Actor
from waypost.domain.options import NO_OPTIONS, LinkOptions

DEFAULT_DOMAIN = ""
"""The domain of links that live under `BASE_URL` itself."""
LOWEST_VERSION: Final = 1
"""The version of a link that was never changed, and has no options: six fields that
every program knows describe it completely."""


def first_version(options: LinkOptions) -> int:
    """Return the version of a new link with *options*."""
    return LOWEST_VERSION if _are_none(options) else LOWEST_VERSION + 1


def _are_none(options: LinkOptions) -> bool:
    # Mostly the same object, and comparing takes longer than making a link.
    return options is NO_OPTIONS or options == NO_OPTIONS


def path_of(code: str) -> str:
    """Return the path at which visitors follow *code*, as URLs are written."""
    # Generated codes are, and `quote` takes longer than making a link.
    return f"/{code if code.isascii() and code.isalnum() else quote(code)}"


def root_of(domain: str, base_url: str) -> str:
    """Return where visitors reach *domain*, without a slash at the end.

    That is *base_url*, or the same with another host.
    """
    if not domain:
        return base_url
    return f"{base_url.partition('://')[0]}://{domain}"


def key_of(code: str, domain: str) -> str:
    """Return the key of a link among those of all domains.

    No code has a slash in it, so a code of the default domain is its own key.
    """
    return f"{domain}/{code}" if domain else code


def code_and_domain(key: str) -> tuple[str, str]:
    """Return the code and the domain from which `key_of` has made *key*."""
    domain, _, code = key.rpartition("/")
    return code, domain


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One short link. `(domain, code)` is unique, and so is `id`."""

    id: int
    code: str
    target: str
    created_at: datetime
    updated_at: datetime
    domain: str = DEFAULT_DOMAIN
    version: int = 1
    """Grows by one with every change, so that an older state is recognised."""
    options: LinkOptions = NO_OPTIONS
    deleted_at: datetime | None = None
    """Since when it is deleted: it leads nowhere, and its code is not used again."""
    external_id: str | None = None
    """What a client calls it; no two links that are not deleted have the same."""
    created_by: Actor | None = None
    """None: it was made by a release that did not write it down, or for a
    demonstration."""

    def __post_init__(self) -> None:
        """Refuse values that no store may hold."""
        assert self.id >= 0, f"a link's id must not be negative, got {self.id}"
        assert self.version >= LOWEST_VERSION, f"no such version: {self.version}"
        assert self.code, "a link's code must not be empty"
        assert self.target, "a link's target must not be empty"
        assert self.created_at.tzinfo is not None, "created_at needs a time zone"
        assert self.updated_at.tzinfo is not None, "updated_at needs a time zone"
        assert self.version > LOWEST_VERSION or self._is_plain(), (
            "a link of the lowest version has no options, and is not deleted"
        )

    @property
    def key(self) -> str:
        """What it is known by among the links of all domains, as of `key_of`."""
        return key_of(self.code, self.domain)

    def short_url(self, base_url: str) -> str:
        """Return the URL to publish, where the default domain is at *base_url*."""
        return root_of(self.domain, base_url) + path_of(self.shown_code)

    @property
    def shown_code(self) -> str:
        """The code as people see it: as it was typed."""
        return self.options.typed_code or self.code

    @property
    def name(self) -> str:
        """What clients call it: the code, with the domain if it is another one."""
        code = self.shown_code
        return f"{self.domain}:{code}" if self.domain else code

    def _is_plain(self) -> bool:
        return self.deleted_at is None and _are_none(self.options)


def maker_of(link: Link) -> str | None:
    """Return who made *link*: the id of a key, or a type without; None: unknown."""
    by = link.created_by
    return None if by is None else by.id or by.type


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedLink:
    """A link with the number of its clicks that are in the store's count."""

    link: Link
    clicks: int
    spent: int = 0
    """How many people have passed while the link had `max_clicks`."""

    @property
    def clicks_left(self) -> int | None:
        """How many people may still pass; None: any number."""
        most = self.link.options.max_clicks
        return None if most is None else max(0, most - self.spent)


class Absence(NamedTuple):
    """A cached answer: the code belongs to no link."""
