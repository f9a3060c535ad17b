"""A click as the edge saw it, and the identity that makes it count exactly once."""

import zlib
from typing import Final, NamedTuple

LANES = 64
"""How many lanes a journal has. Part of every click's identity: never change it."""


class Click(NamedTuple):
    """One answered redirect, with the request data that later enrichment needs.

    A named tuple, not a dataclass: one is made for every redirect, and a frozen
    dataclass costs several times as much (`docs/adr/0003-journal.md`).
    Header values are what the client sent, cut to a bound; `b""` means absent.
    """

    time_ns: int
    """When the request was answered: nanoseconds since 1970 in UTC."""
    code: str
    link_id: int
    address: str
    """The visitor's IP address; never logged."""
    query: bytes
    """The query string of the short URL, without the question mark."""
    host: bytes
    user_agent: bytes
    referrer: bytes
    language: bytes
    """`Accept-Language`."""
    purpose: bytes
    """`Sec-Purpose`, `Purpose`, `X-Purpose` or `X-Moz`: prefetches and previews."""
    fetch: bytes
    """`Sec-Fetch-Site`, `-Mode`, `-Dest` and `-User`, joined by commas: a browser
    reports whether a person navigated; robots rarely send them."""
    client_hints: bytes
    """`Sec-CH-UA`, `-Mobile` and `-Platform`, joined by semicolons."""
    privacy: bytes
    """`Sec-GPC` or `DNT`: the visitor asks not to be tracked."""
    sender: bytes
    """`From`, in which honest robots name their operator."""
    country: str = ""
    """The visitor's country, if a trusted proxy says so: two letters of ISO 3166-1."""
    rule: str = ""
    """The rule of the link that decided: its name, or else its place from 0."""
    variant: str = ""
    """The name of the variant that the visitor got."""


PLACE_MARK = ":"
"""Prefix of names that are not journals, but places of other programs' clicks: a
partition of a topic, or a stream. No journal's id has it."""


class ClickIdentity(NamedTuple):
    """What distinguishes one click from every other, for ever.

    Sequences are dense within `(journal, lane)` and start at 1. A click that comes
    without an identity is identified by its record's place (`PLACE_MARK`); such
    sequences are not dense.
    """

    journal: str
    """The id of the journal: made for one opening of a data folder."""
    lane: int
    sequence: int

    def __str__(self) -> str:
        return f"{self.journal}-{self.lane}-{self.sequence}"


class JournaledClick(NamedTuple):
    """A click with its identity, as an edge publishes it."""

    journal: str
    lane: int
    sequence: int
    click: Click


class JournalPosition(NamedTuple):
    """A place in a click journal: the next byte to read. Ordered."""

    segment: int
    offset: int


START: Final = JournalPosition(0, 0)
"""Before every click of a folder."""


def lane_of(code: str) -> int:
    """Return the lane of *code*: the same in every process and release."""
    return zlib.crc32(code.encode()) % LANES
