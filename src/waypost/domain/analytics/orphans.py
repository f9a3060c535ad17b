"""Orphans: visits that belong to no link, counted by what was asked for and UTC day."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

from waypost.domain.analytics.questions import Numbers
from waypost.domain.codes import is_reserved
from waypost.domain.links import DEFAULT_DOMAIN

MAX_TEXT: Final = 128
"""Characters that are kept of what was asked for: those of the longest code."""
OTHERS: Final = ""
"""Stands for all codes, or paths, of a kind that are not counted one by one."""

# What browsers ask for by themselves, besides the files with reserved names.
_ASKED_BY_BROWSERS: Final = (".well-known/", "apple-touch-icon")


class OrphanKind(StrEnum):
    """What the visitor asked for."""

    BASE_URL = "base_url"
    """The server itself, without a code."""
    UNKNOWN_CODE = "unknown_code"
    """A code that no link has."""
    UNKNOWN_PATH = "unknown_path"
    """A path that cannot be a code, and is no page of the product."""

    # Each visit looks one up, and that of enumerations is written in Python.
    __hash__ = str.__hash__


class Orphan(NamedTuple):
    """One visit that belongs to no link."""

    kind: OrphanKind
    text: str
    """The code, or the path without its first slash, as `kept_text` returns it."""
    is_machine: bool
    time_ms: int
    domain: str = DEFAULT_DOMAIN
    """As of a link."""


class OrphanKey(NamedTuple):
    """What visits are counted by."""

    kind: OrphanKind
    text: str
    """`OTHERS` stands for several; for the base URL it is always empty."""
    day: int
    """The UTC day, in days since 1970."""
    domain: str = DEFAULT_DOMAIN


class OrphanTally(NamedTuple):
    """How many visits there were of one key, and when."""

    first_ms: int
    last_ms: int
    people: int = 0
    machines: int = 0

    def plus(self, other: "OrphanTally") -> "OrphanTally":
        """Return both together."""
        return OrphanTally(
            min(self.first_ms, other.first_ms),
            max(self.last_ms, other.last_ms),
            self.people + other.people,
            self.machines + other.machines,
        )


class OrphanOrder(StrEnum):
    """What comes first in a list of orphans."""

    CLICKS = "-clicks"
    LAST_AT = "-last_at"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrphanQuery:
    """Which orphans are meant, by whole UTC days."""

    kinds: Collection[OrphanKind] = tuple(OrphanKind)
    text: str = ""
    """What the code or path contains; small and capital letters are the same."""
    domains: Collection[str] | None = None
    """As of links; None: all."""
    first_day: int = 0
    end_day: int | None = None
    """The day after the last one; None: there is no last one."""


class OrphanRow(NamedTuple):
    """The visits of one code or path of a domain, of several days."""

    kind: OrphanKind
    text: str
    people: int
    machines: int
    first_ms: int
    last_ms: int
    domain: str = DEFAULT_DOMAIN

    def place(self, order: OrphanOrder) -> "OrphanPlace":
        """Return the row's place in a list that is sorted by *order*."""
        by_clicks = order is OrphanOrder.CLICKS
        value = self.people + self.machines if by_clicks else self.last_ms
        return OrphanPlace(value, self.kind, self.text, self.domain)


class OrphanPlace(NamedTuple):
    """A place in a sorted list: descending values, then kinds, texts and domains."""

    value: int
    kind: str
    text: str
    domain: str = DEFAULT_DOMAIN


class OrphanPage(NamedTuple):
    """Some rows of a list, and what is in none of its rows."""

    rows: Sequence[OrphanRow]
    others: Numbers | None
    """The visits of what is not counted one by one; None: there is none, or a text is
    looked for."""


def orphan_path(path: str) -> tuple[OrphanKind, str] | None:
    """Return what a request for *path*, which names no code, is as an orphan.

    None: it is none. The product's own pages are none, nor are files that browsers ask
    for by themselves.
    """
    if path == "/":
        return OrphanKind.BASE_URL, ""
    text = path[1:]
    if is_reserved(text.partition("/")[0]) or _is_of_browsers(text):
        return None
    return OrphanKind.UNKNOWN_PATH, kept_text(text)


def orphan_code(code: str) -> tuple[OrphanKind, str] | None:
    """Return what a request for *code*, which no link has, is as an orphan."""
    if _is_of_browsers(code):
        return None
    return OrphanKind.UNKNOWN_CODE, code


def kept_text(text: str) -> str:
    """Return *text* as it is kept: cut, and safe to be shown.

    Any client chooses it, and a control character may change a terminal or a page.
    """
    text = text[:MAX_TEXT]
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else "\ufffd" for each in text)


def _is_of_browsers(text: str) -> bool:
    return text.startswith(_ASKED_BY_BROWSERS)
