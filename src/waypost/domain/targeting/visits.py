"""A visit of a link: what a verdict may depend on besides the moment."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final, NamedTuple

from waypost.domain.analytics.machines import EARLY, is_program

NO_HEADERS: Final[Mapping[bytes, bytes]] = MappingProxyType({})


_PURPOSES: Final = (b"sec-purpose", b"purpose", b"x-purpose", b"x-moz")
"""Headers in which browsers say that they load a page early."""


def without_purpose(headers: Mapping[bytes, bytes]) -> Mapping[bytes, bytes]:
    """Return *headers* without those that say that a page is loaded early."""
    return {name: one for name, one in headers.items() if name not in _PURPOSES}


class VisitorKind(StrEnum):
    """What visits a link."""

    PERSON = "person"
    MACHINE = "machine"
    PREFETCH = "prefetch"
    """A browser that loads a page which its user may never see."""


class Presented(StrEnum):
    """What a visitor has presented as the password of a link."""

    NOTHING = "nothing"
    WRONG = "wrong"
    RIGHT = "right"


class Visit(NamedTuple):
    """A tuple, as a verdict is: one of each is made for every visit."""

    query: str = ""
    """The query of the request, without its question mark."""
    path: str = ""
    """What follows the code and its slash, encoded as it was sent."""
    headers: Mapping[bytes, bytes] = NO_HEADERS
    """By their names in lower case."""
    address: str = ""
    """The visitor's IP address; empty: unknown."""
    country: bytes = b""
    """What a trusted proxy says of it; empty: nothing."""
    is_confirmed: bool = False
    """Whether the visitor has read a page about the link, and goes on: a warning, or
    where it leads. It is shown to those only who know the link's password."""
    is_spent: bool = False
    """Whether so many people have passed as the link allows."""
    password: Presented = Presented.NOTHING
    """What the visitor has presented as the link's password."""

    @property
    def visitor(self) -> VisitorKind:
        """What visits, by what it says of itself."""
        header = self.headers.get
        if any(EARLY.search(header(name, b"")) for name in _PURPOSES):
            return VisitorKind.PREFETCH
        is_machine = is_program(header(b"user-agent", b""))
        return VisitorKind.MACHINE if is_machine else VisitorKind.PERSON
