"""The host and port of a web address, brought to the one form that browsers use."""

import re
from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address
from typing import Final

from waypost.domain.errors import TargetHostInvalid, TargetPortInvalid

DEFAULT_PORTS: Final = {"http": 80, "https": 443}
"""The port that need not be written, by scheme of the web."""

_BRACKETED: Final = re.compile(r"\[([^]]*)](?::(.*))?")
_PORT: Final = re.compile(r"0*([1-9][0-9]{0,4})")
_HOST: Final = re.compile(r"[0-9a-z._-]+")
_LOOKS_NUMERIC: Final = re.compile(r"(?:.*\.)?(?:[0-9]+|0x[0-9a-f]*)\.?")
_NUMBER: Final = re.compile(r"0x([0-9a-f]*)|0[0-7]*|[1-9][0-9]*")
# Longer than any number of 32 bits; longer rows of digits are not parsed at all.
_MAX_DIGITS: Final = 64


@lru_cache(maxsize=256)
def normalise_authority(
    text: str, *, scheme: str, to_ascii: Callable[[str], str]
) -> str:
    """Return `host` or `host:port` of *text*, which carries no user name.

    The host comes out in lower-case ASCII, an IP address in its usual form, and
    the scheme's default port is left away.

    Raises:
        TargetHostInvalid: The host is missing, or none that browsers would visit.
        TargetPortInvalid: The port is not a number from 1 to 65535.
    """
    bracketed = _BRACKETED.fullmatch(text)
    if bracketed:
        host, port = _ipv6(bracketed[1]), bracketed[2] or ""
    else:
        name, _, port = text.partition(":")
        host = _host(name, to_ascii)
    return host + _port_suffix(port, default=DEFAULT_PORTS[scheme])


def _host(name: str, to_ascii: Callable[[str], str]) -> str:
    try:
        host = to_ascii(name)
    except ValueError:
        raise TargetHostInvalid from None
    # Percent-encoding, spaces and other characters that the mapping may produce.
    if not _HOST.fullmatch(host):
        raise TargetHostInvalid
    return _ipv4(host) if _LOOKS_NUMERIC.fullmatch(host) else host


def _ipv4(host: str) -> str:
    """Read a number as browsers do: 0x7f.1, 0177.0.0.1 and 2130706433 are 127.0.0.1."""
    *octets, rest = [_ipv4_part(part) for part in host.removesuffix(".").split(".")]
    room = 256 ** (4 - len(octets)) if len(octets) < 4 else 0
    if rest >= room or any(octet > 255 for octet in octets):
        raise TargetHostInvalid
    address = rest
    for position, octet in enumerate(octets):
        address += octet << 8 * (3 - position)
    return str(IPv4Address(address))


def _ipv4_part(part: str) -> int:
    number = _NUMBER.fullmatch(part)
    if not number or len(part) > _MAX_DIGITS:
        raise TargetHostInvalid
    if part.startswith("0x"):
        return int(number[1] or "0", 16)
    return int(part, 8 if part.startswith("0") else 10)


def _ipv6(text: str) -> str:
    # A zone (`%eth0`) has a meaning on one machine only, and browsers refuse it.
    if "%" in text:
        raise TargetHostInvalid
    try:
        return f"[{IPv6Address(text).compressed}]"
    except ValueError:
        raise TargetHostInvalid from None


def _port_suffix(port: str, *, default: int) -> str:
    if not port:
        return ""
    digits = _PORT.fullmatch(port)
    if not digits or int(digits[1]) > 65_535:
        raise TargetPortInvalid
    return "" if int(digits[1]) == default else f":{digits[1]}"
