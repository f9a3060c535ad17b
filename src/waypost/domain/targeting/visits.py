"""A visit of a link: what a verdict may depend on besides the moment."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, NamedTuple

NO_HEADERS: Final[Mapping[bytes, bytes]] = MappingProxyType({})


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
    """Whether the visitor has read a warning, and goes on."""
