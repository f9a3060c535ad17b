"""Who clicked, as far as a day's visitors differ: a hash of 64 bits."""

from collections.abc import Callable
from hashlib import blake2b
from ipaddress import IPv6Address
from socket import inet_aton
from typing import Final

from waypost.domain.analytics.remembered import Remembered
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

    def begun(header: tuple[bytes, bytes]) -> blake2b:
        user_agent, host = header
        # No header has a zero byte, and networks have one of two lengths.
        content = b"%b\0%b\0" % (user_agent, host.lower())
        return blake2b(content, digest_size=8, key=salt)

    known = Remembered(begun, size=_BEGUN)

    def visitor(click: Click) -> int:
        address = click.address
        try:
            network = _prefix(address) if ":" in address else inet_aton(address)
        except (OSError, ValueError):
            return UNKNOWN
        hashed = known[click.user_agent, click.host].copy()
        hashed.update(network)
        return int.from_bytes(hashed.digest()) or 1

    return visitor


def asks_for_privacy(click: Click) -> bool:
    """Return whether the visitor's browser says `Sec-GPC: 1` or `DNT: 1`."""
    return click.privacy.strip() == b"1"


def _prefix(address: str) -> bytes:
    """Return what a visitor with an address of IPv6 is recognised by.

    Raises:
        ValueError: It is none.
    """
    parsed = IPv6Address(address)
    mapped = parsed.ipv4_mapped
    return mapped.packed if mapped else parsed.packed[:_PREFIX_BYTES]
