"""What conditions ask about a visitor: found out when first asked for."""

from collections.abc import Callable, Mapping
from datetime import datetime
from ipaddress import IPv6Address, ip_address
from socket import AF_INET, inet_pton
from typing import Final, Generic, TypeVar, overload
from urllib.parse import parse_qsl

from waypost.domain.agents.quick import MAX_BYTES, SeenClient, seen_client
from waypost.domain.targeting.languages import accepted_languages
from waypost.domain.targeting.visits import Visit

T = TypeVar("T")
CountryOf = Callable[[str], str]
"""Returns the country of an address, in two letters; empty: unknown."""

MAX_PARAMETERS: Final = 200
"""Of a query; what follows them is not looked at."""


def unknown_country(address: str) -> str:  # noqa: ARG001 - as `CountryOf` says
    """Return that the country of no address is known."""
    return ""


class _Once(Generic[T]):
    """A property that is found out when it is first asked for.

    One of `functools` takes a lock each time, which costs more than most of what is
    found out.
    """

    def __init__(self, find: Callable[["Visitor"], T]) -> None:
        self._find = find
        self._name = find.__name__
        self.__doc__ = find.__doc__

    @overload
    def __get__(self, visitor: None, owner: type) -> "_Once[T]": ...

    @overload
    def __get__(self, visitor: "Visitor", owner: type) -> T: ...

    def __get__(self, visitor: "Visitor | None", owner: type) -> "T | _Once[T]":
        """Return the value, and keep it where Python finds it before it asks here."""
        if visitor is None:
            return self
        value = visitor.__dict__[self._name] = self._find(visitor)
        return value


class Visitor:
    """A visitor at a moment."""

    def __init__(self, visit: Visit, *, now: datetime, country_of: CountryOf) -> None:
        self.now = now
        self._visit = visit
        self._country_of = country_of

    @_Once
    def client(self) -> SeenClient:
        """Return the visitor's device, system and browser."""
        header = self._visit.headers.get
        hints = ""
        if brands := header(b"sec-ch-ua", b""):
            mobile = header(b"sec-ch-ua-mobile", b"")
            platform = header(b"sec-ch-ua-platform", b"")
            hints = b";".join((brands, mobile, platform))[:MAX_BYTES].decode("latin-1")
        return seen_client(header(b"user-agent", b"")[:MAX_BYTES], hints)

    @_Once
    def languages(self) -> tuple[str, ...]:
        """Return the languages that the visitor prefers, in lower case."""
        return accepted_languages(self._visit.headers.get(b"accept-language", b""))

    @_Once
    def country(self) -> str:
        """Return two letters, by a trusted proxy or else by the address, or none."""
        if self._visit.country:
            return self._visit.country.decode("latin-1").upper()
        return self._country_of(self._visit.address) if self._visit.address else ""

    @_Once
    def address(self) -> bytes:
        """Return the visitor's address in 4 or 16 bytes; empty: unknown."""
        text = self._visit.address
        try:
            return _packed(text) if ":" in text else inet_pton(AF_INET, text)
        except (OSError, ValueError):
            return b""

    @_Once
    def parameters(self) -> Mapping[str, list[str]]:
        """Return the values of each parameter of the visitor's query."""
        if not self._visit.query:
            return {}
        text = self._visit.query.encode("latin-1", "replace").decode("utf-8", "replace")
        values: dict[str, list[str]] = {}
        parts = "&".join(text.split("&", MAX_PARAMETERS)[:MAX_PARAMETERS])
        for name, value in parse_qsl(parts, keep_blank_values=True):
            values.setdefault(name, []).append(value)
        return values


def _packed(text: str) -> bytes:
    """Return the bytes of an address of IPv6, or of the IPv4 one that it stands for.

    Raises:
        ValueError: It is none.
    """
    address = ip_address(text)
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return (mapped or address).packed
