"""What a list of links is asked for: which links, and in which order."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

from waypost.domain.verdict import LinkState

LISTED_STATES: Final = frozenset(LinkState) - {LinkState.DELETED}
"""Which links a list has unless it is asked for others."""


class SortKey(StrEnum):
    """By what links are sorted."""

    CREATED = "created_at"
    UPDATED = "updated_at"
    CODE = "code"
    """Links of other domains by their domain first."""
    CLICKS = "clicks"
    VALID_UNTIL = "valid_until"
    """Only links that have one are sorted by it: `domain.listing.orders`."""
    TITLE = "title"
    """By its words, without regard to case and accents."""
    URL = "url"


class Feature(StrEnum):
    """What a link may have, or lack."""

    PASSWORD = "password"  # noqa: S105 - the name of an option
    RULES = "rules"
    VARIANTS = "variants"
    MAX_CLICKS = "max_clicks"
    EXPIRY = "expiry"
    TITLE = "title"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sort:
    """The order of a list. Links that are equal in it are in the order of their ids."""

    key: SortKey = SortKey.CREATED
    is_descending: bool = True
    """Ids are descending then, too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """Moments from `start`, included, to `end`, excluded; None: no such bound."""

    start: datetime | None = None
    end: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbers:
    """Numbers from `least` to `most`, both included; None: no such bound."""

    least: int | None = None
    most: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkFilter:
    """What links must have to be in a list; what is None makes no difference."""

    words: tuple[str, ...] = ()
    """Beginnings of words, as `words_in` yields them; the link has all of them."""
    states: frozenset[LinkState] = LISTED_STATES
    tags: frozenset[str] = frozenset()
    """Folded; the link has one of them, or all of them if `has_all_tags`."""
    has_all_tags: bool = False
    without_tags: frozenset[str] = frozenset()
    """Folded; the link has none of them, or lacks one of them if `lacks_any_tag`."""
    lacks_any_tag: bool = False
    archived: bool | None = None
    """Whether it is archived; None: either."""
    crawlable: bool | None = None
    """Whether search engines may follow it; None: either."""
    has: frozenset[Feature] = frozenset()
    """The link has one of them."""
    lacks: frozenset[Feature] = frozenset()
    """The link has none of them."""
    host: str | None = None
    """The target's host, or one above it, in lower-case ASCII."""
    target: str | None = None
    """The target, as `canonical` returns it."""
    name: str | None = None
    """The key, as of `domain.links.key_of`."""
    domains: frozenset[str] | None = None
    """The link is of one of them; None: of any."""
    external_id: str | None = None
    created_by: str | None = None
    """The id of a key, or the type of what has no id."""
    created: Moments = field(default_factory=Moments)
    updated: Moments = field(default_factory=Moments)
    valid_until: Moments = field(default_factory=Moments)
    """If there is a bound, links without the option are not in the list."""
    clicks: Numbers = field(default_factory=Numbers)


SortValue: TypeAlias = int | str


class Place(NamedTuple):
    """A place in a sorted list: behind the link with this value and this id."""

    value: SortValue
    """Of the sort key; moments as microseconds since 1970."""
    id: int


class Total(NamedTuple):
    """How many links a list has."""

    number: int
    is_exact: bool
    """False: there are at least so many."""
