"""A tag, lists of tags, and changes of the tags of many links."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

from waypost.domain.options import folded, tags_of

MAX_DESCRIPTION: Final = 255
"""In characters."""
COLOR_RULE: Final = "A color is # and six hexadecimal digits, as #2f7d32."
_COLOR: Final = re.compile("#[0-9a-fA-F]{6}")
# As in texts of links.
_UNSHOWN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class TagDetails:
    """What is said of a tag, also if no link has it."""

    name: str
    color: str | None = None
    """As `#2f7d32`."""
    description: str | None = None
    created_at: datetime

    @property
    def key(self) -> str:
        """What equal names have in common."""
        return folded(self.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A tag with its links."""

    name: str
    links: int
    """How many have it, without those that are deleted."""
    clicks: int
    """Of these links, as lists of links have them."""
    details: TagDetails | None = None
    """None: the tag came with a link, and nothing is said of it."""

    @property
    def key(self) -> str:
        """What equal names have in common."""
        return folded(self.name)


class TagOrder(StrEnum):
    """By what tags are sorted."""

    NAME = "name"
    LINKS = "links"
    CLICKS = "clicks"


class TagPlace(NamedTuple):
    """A place in a list of tags: behind the tag with this value and this key."""

    value: int | str
    key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TagQuery:
    """Some tags, in an order."""

    text: str = ""
    """What names hold, folded."""
    order: TagOrder = TagOrder.NAME
    is_descending: bool = False
    after: TagPlace | None = None
    limit: int


class TagPage(NamedTuple):
    """Some tags of a list."""

    tags: Sequence[Tag]
    follows: TagPlace | None
    """The place behind which the list goes on. None: it is at its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TagChange:
    """A change of one tag of all links that have it; it is carried out step by step."""

    number: int
    """They are carried out in the order of their numbers."""
    old: str
    """Folded."""
    new: str | None
    """The new name. None: the links lose the tag."""

    def changed(self, tags: Iterable[str]) -> tuple[str, ...]:
        """Return *tags* as they are afterwards, in their order."""
        names = (self.new if folded(tag) == self.old else tag for tag in tags)
        return tags_of(name for name in names if name is not None)


def destinations(changes: Iterable[TagChange]) -> dict[str, str | None]:
    """Return which key each tag of *changes* gets by all of them, in order."""
    found: dict[str, str | None] = {}
    for change in changes:
        new = None if change.new is None else folded(change.new)
        for key, destination in found.items():
            if destination == change.old:
                found[key] = new
        found[change.old] = new
    return {key: new for key, new in found.items() if key != new}


def color_of(text: str) -> str:
    """Return *text* as a color.

    Raises:
        ValueError: It is none.
    """
    if not _COLOR.fullmatch(text):
        raise ValueError(COLOR_RULE)
    return text.lower()


def description_of(text: str) -> str:
    """Return *text*, if it can be shown in one line.

    Raises:
        ValueError: It cannot.
    """
    if len(text) > MAX_DESCRIPTION or _UNSHOWN.search(text):
        raise ValueError(
            f"This has at most {MAX_DESCRIPTION} characters, and no control characters."
        )
    return text


def tag_name(text: str) -> str:
    """Return *text* as a tag.

    Raises:
        ValueError: It cannot be one.
    """
    return tags_of([text])[0]
