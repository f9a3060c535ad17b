"""What conditions ask about a visitor: found out when first asked for."""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import cached_property
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from urllib.parse import parse_qsl

from waypost.domain.agents.quick import MAX_BYTES, SeenClient, seen_client
from waypost.domain.targeting.languages import accepted_languages
from waypost.domain.targeting.visits import Visit

CountryOf = Callable[[str], str]
"""Returns the country of an address, in two letters; empty: unknown."""

MAX_PARAMETERS: Final = 200
"""Of a query; what follows them is not looked at."""


def unknown_country(address: str) -> str:  # noqa: ARG001 - as `CountryOf` says
    """Return that the country of no address is known."""
    return ""


class Visitor:
    """A visitor at a moment."""

    def __init__(self, visit: Visit, *, now: datetime, country_of: CountryOf) -> None:
        self.now = now
        self._visit = visit
        self._country_of = country_of

    @cached_property
    def client(self) -> SeenClient:
        """The visitor's device, system and browser."""
        header = self._visit.headers.get
        hints = ""
        if brands := header(b"sec-ch-ua", b""):
            mobile = header(b"sec-ch-ua-mobile", b"")
            platform = header(b"sec-ch-ua-platform", b"")
            hints = b";".join((brands, mobile, platform))[:MAX_BYTES].decode("latin-1")
        return seen_client(header(b"user-agent", b"")[:MAX_BYTES], hints)

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages that the visitor prefers, in lower case."""
        return accepted_languages(self._visit.headers.get(b"accept-language", b""))

    @cached_property
    def country(self) -> str:
        """ISO 3166-1, by a trusted proxy or else by the address; empty: unknown."""
        if self._visit.country:
            return self._visit.country.decode("latin-1").upper()
        return self._country_of(self._visit.address) if self._visit.address else ""

    @cached_property
    def address(self) -> IPv4Address | IPv6Address | None:
        """The visitor's address; None: unknown."""
        try:
            address = ip_address(self._visit.address)
        except ValueError:
            return None
        mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
        return mapped or address

    @cached_property
    def parameters(self) -> Mapping[str, list[str]]:
        """The values of each parameter of the visitor's query."""
        text = self._visit.query.encode("latin-1", "replace").decode("utf-8", "replace")
        values: dict[str, list[str]] = {}
        parts = "&".join(text.split("&", MAX_PARAMETERS)[:MAX_PARAMETERS])
        for name, value in parse_qsl(parts, keep_blank_values=True):
            values.setdefault(name, []).append(value)
        return values
