"""A link: a short code and the target that it leads to."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

DEFAULT_DOMAIN = ""
"""The domain of links that live under `BASE_URL` itself."""


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
    """Grows by one with every change, so that an older truth is recognised."""

    def __post_init__(self) -> None:
        """Refuse what no store may hold."""
        assert self.id >= 0, f"a link's id must not be negative, got {self.id}"
        assert self.version >= 1, f"versions begin at 1, got {self.version}"
        assert self.code, "a link's code must not be empty"
        assert self.target, "a link's target must not be empty"
        assert self.created_at.tzinfo is not None, "created_at needs a time zone"
        assert self.updated_at.tzinfo is not None, "updated_at needs a time zone"


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedLink:
    """A link with the number of its clicks that are in the store's count."""

    link: Link
    clicks: int


class Absence(NamedTuple):
    """It is remembered that a code belongs to no link."""
