"""Whose address a click has when proxies stand in between."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

_LONGEST_LIST = 1024
"""Bytes of `X-Forwarded-For` that are read: those of the nearest proxies."""

Address = IPv4Address | IPv6Address


class TrustedProxies:
    """The proxies whose `X-Forwarded-For` is trusted."""

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = [ip_network(network, strict=False) for network in networks]

    def trusts(self, address: str) -> bool:
        """Return whether the peer at *address* is a trusted proxy."""
        parsed = _parse(address)
        return parsed is not None and self._is_trusted(parsed)

    def client_address(self, peer: str, forwarded_for: bytes) -> str:
        """Return the address of the visitor behind the trusted proxy *peer*.

        Each proxy appends the address that it saw, so the list is read from its
        end: the first address that is not a trusted proxy is the visitor's. What
        stands before it is the visitor's own claim. An entry that is not an address
        ends the search; one with a zone (`fe80::1%eth0`) is none, because a zone means
        something on its own machine only, and may be any text.
        """
        client = peer
        nearest = forwarded_for[-_LONGEST_LIST:].decode("latin-1")
        for entry in reversed(nearest.split(",")):
            parsed = _parse(entry.strip())
            if parsed is None or "%" in entry:
                break
            client = str(parsed)
            if not self._is_trusted(parsed):
                break
        return client

    def _is_trusted(self, address: Address) -> bool:
        return any(address in network for network in self._networks)


def _parse(text: str) -> Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped:
        return address.ipv4_mapped
    return address
