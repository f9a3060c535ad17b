"""Which addresses are the public internet's: no page is fetched from any other.

An address that holds another one within (mapped, 6to4, Teredo, NAT64) is as private as
that one.
"""

from collections.abc import Iterator
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)
from typing import Final, TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address

# Beyond those that `is_global` excludes: its table differs between releases of Python.
_REFUSED: Final[tuple[IPv4Network | IPv6Network, ...]] = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",
            "100.64.0.0/10",
            "192.0.0.0/24",
            "192.88.99.0/24",
            "198.18.0.0/15",
            "224.0.0.0/4",
            "240.0.0.0/4",
            "::/96",
            "64:ff9b:1::/48",
            "100::/64",
            "2001:db8::/32",
            "fc00::/7",
            "fe80::/10",
            "fec0::/10",
            "ff00::/8",
        ),
    )
)
_NAT64: Final = IPv6Network("64:ff9b::/96")
_PRIVATE_NAMES: Final = (".localhost", ".local", ".internal", ".home.arpa", ".lan")
"""Ends of names that only some networks know."""


def is_public(address: Address) -> bool:
    """Return whether *address*, and all that it holds within, is public."""
    return all(_is_public(one) for one in (address, *_within(address)))


def is_named_private(host: str) -> bool:
    """Return whether *host* itself says that it is not public.

    It is a name of a private network, or an address that is not public, as a canonical
    target has it. Other names are judged by what they resolve to.
    """
    name = host.rstrip(".")
    if f".{name}".endswith(_PRIVATE_NAMES):
        return True
    try:
        return not is_public(ip_address(name.strip("[]")))
    except ValueError:
        return False


def _is_public(address: Address) -> bool:
    if not address.is_global or address.is_multicast:
        return False
    return not any(
        address in network for network in _REFUSED if network.version == address.version
    )


def _within(address: Address) -> Iterator[IPv4Address]:
    if isinstance(address, IPv4Address):
        return
    if address.ipv4_mapped is not None:
        yield address.ipv4_mapped
    if address.sixtofour is not None:
        yield address.sixtofour
    if address.teredo is not None:
        yield from address.teredo
    if address in _NAT64:
        yield IPv4Address(int(address) & 0xFFFF_FFFF)
