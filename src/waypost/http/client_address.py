"""What trusted proxies say of a visitor: the address, and the country."""

import re
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

from waypost.http.asgi import Scope

_LONGEST_LIST: Final = 1024
"""Bytes of a header that are read: those of the nearest proxies."""

_NODE: Final = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::\d{1,5})?|([0-9.]+):\d{1,5}")
"""An address in brackets, and one with a port."""

_FOR: Final = re.compile(
    r'(?:^|;)[ \t]*for[ \t]*=[ \t]*(?:"([^"\\]*)"|([^\s";=]+))[ \t]*(?=;|$)',
    re.IGNORECASE,
)
"""The parameter `for` of an element of `Forwarded` (RFC 7239)."""

Address = IPv4Address | IPv6Address


class TrustedProxies:
    """The proxies whose `X-Forwarded-For` and `Forwarded` are trusted."""

    def __init__(self, networks: Iterable[str], *, country_header: str = "") -> None:
        self._networks = [ip_network(network, strict=False) for network in networks]
        self.country_header = country_header.lower().encode()
        """The header in which they say the country; empty: none, as no header is."""

    def trusts(self, address: str) -> bool:
        """Return whether the peer at *address* is a trusted proxy."""
        parsed = _parse(address)
        return parsed is not None and self._is_trusted(parsed)

    def client_address(
        self, peer: str, forwarded_for: bytes, forwarded: bytes = b""
    ) -> str:
        """Return the address of the visitor behind the trusted proxy *peer*.

        *forwarded_for* is `X-Forwarded-For`, and *forwarded* is `Forwarded`, which is
        read where the former is empty: a proxy that sets the one passes on the other.

        Each proxy appends the address that it saw, so the list is read from its
        end: the first address that is not a trusted proxy is the visitor's. What
        stands before it is the visitor's own claim. An entry that is not an address
        ends the search; one with a zone (`fe80::1%eth0`) is none, because a zone means
        something on its own machine only, and may be any text.
        """
        client = peer
        entries = _entries(forwarded_for) if forwarded_for else _nodes(forwarded)
        for entry in entries:
            parsed = _parse(_without_port(entry))
            if parsed is None or "%" in entry:
                break
            client = str(parsed)
            if not self._is_trusted(parsed):
                break
        return client

    def visitor_in(self, scope: Scope) -> tuple[str, bytes]:
        """Return the address of a request, and what a proxy says of the country."""
        peer = scope["client"][0] if scope.get("client") else ""
        if not self.trusts(peer):
            return peer, b""
        # Each proxy may have added to a header, or another header: all are one list,
        # which is no country.
        forwarded_for, forwarded, country = (
            b",".join(value for name, value in scope["headers"] if name == wanted)
            for wanted in (b"x-forwarded-for", b"forwarded", self.country_header)
        )
        return self.client_address(peer, forwarded_for, forwarded), country

    def _is_trusted(self, address: Address) -> bool:
        return any(address in network for network in self._networks)


def _entries(header: bytes) -> Iterator[str]:
    """Yield the parts of a list, the last one first."""
    nearest = header[-_LONGEST_LIST:]
    if len(header) > _LONGEST_LIST:
        # The end of an address may be another address.
        _, _, nearest = nearest.partition(b",")
    return (entry.strip() for entry in reversed(nearest.decode("latin-1").split(",")))


def _nodes(forwarded: bytes) -> Iterator[str]:
    """Yield what `Forwarded` says of each client, the nearest first.

    Text in quotes is not joined over commas: a quote that a visitor has opened must
    not swallow what proxies append to it. An element without `for`, or with two,
    has an empty node.
    """
    for element in _entries(forwarded):
        found = _FOR.findall(element)
        yield "".join(found[0]) if len(found) == 1 else ""


def _without_port(node: str) -> str:
    found = _NODE.fullmatch(node)
    return (found[1] or found[2]) if found else node


def _parse(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address
