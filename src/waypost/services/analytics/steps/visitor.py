"""Who clicked, as far as a day's visitors differ: a hash of 64 bits."""

from collections.abc import Callable
from hashlib import blake2b
from ipaddress import IPv6Address
from socket import inet_aton
from typing import Final

from waypost.domain.clicks import Click

UNKNOWN: Final = 0
"""The visitor of a click that is not to be recognised."""

_PREFIX_BYTES: Final = 8
"""What a network gives to one household or phone of IPv6: 64 bits."""


def visitor_of(salt: bytes) -> Callable[[Click], int]:
    """Return the function that hashes visitors under the *salt* of one day."""

    def visitor(click: Click) -> int:
        network = _network(click.address)
        if not network:
            return UNKNOWN
        # No header has a zero byte, and networks have one of two lengths.
        content = b"\0".join((click.user_agent, click.host.lower(), network))
        hashed = blake2b(content, digest_size=8, key=salt).digest()
        return int.from_bytes(hashed) or 1

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
