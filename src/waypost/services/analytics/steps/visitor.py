"""Who clicked, as far as a day's visitors differ: a hash of 64 bits."""

from collections.abc import Callable
from functools import lru_cache
from hashlib import blake2b
from ipaddress import IPv6Address
from socket import inet_aton
from typing import Final

from waypost.domain.clicks import Click

UNKNOWN: Final = 0
"""The visitor of a click that is not to be recognised."""

_PREFIX_BYTES: Final = 8
"""What a network gives to one household or phone of IPv6: 64 bits."""
_BEGUN: Final = 4096
"""How many hashes are kept that have read an agent and a host."""


def visitor_of(salt: bytes) -> Callable[[Click], int]:
    """Return the function that hashes visitors under the *salt* of one day.

    It remembers hashes that have read an agent and a host, which is most of the work:
    keep it no longer than the salt.
    """

    @lru_cache(_BEGUN)
    def begun(user_agent: bytes, host: bytes) -> blake2b:
        # No header has a zero byte, and networks have one of two lengths.
        content = b"%b\0%b\0" % (user_agent, host.lower())
        return blake2b(content, digest_size=8, key=salt)

    def visitor(click: Click) -> int:
        network = _network(click.address)
        if not network:
            return UNKNOWN
        hashed = begun(click.user_agent, click.host).copy()
        hashed.update(network)
        return int.from_bytes(hashed.digest()) or 1

    return visitor


def asks_for_privacy(click: Click) -> bool:
    """Return whether the visitor's browser says `Sec-GPC: 1` or `DNT: 1`."""
    return click.privacy.strip() == b"1"


def _network(address: str) -> bytes:
    """Return what a visitor is recognised by; empty: there is no address."""
    if ":" in address:
        try:
            parsed = IPv6Address(address)
        except ValueError:
            return b""
        mapped = parsed.ipv4_mapped
        return mapped.packed if mapped else parsed.packed[:_PREFIX_BYTES]
    try:
        return inet_aton(address)
    except (OSError, ValueError):
        return b""
