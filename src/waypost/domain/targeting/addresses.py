"""Ranges of addresses as people write them."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final, TypeAlias

Range: TypeAlias = tuple[IPv4Address, IPv4Address] | tuple[IPv6Address, IPv6Address]

ADDRESS_RULE: Final = (
    "Write an address, a network as 10.0.0.0/8, a range as 10.0.0.1-10.0.0.9, or "
    "wildcards as 11.22.*.*"
)


def range_of(text: str) -> Range:
    """Return the first and the last address that *text* names.

    Raises:
        ValueError: It names none.
    """
    if "*" in text:
        return _wildcard(text)
    if "/" in text:
        network = ip_network(text, strict=False)
        return _range(str(network[0]), str(network[-1]))
    first, dash, last = text.partition("-")
    return _range(first.strip(), last.strip() if dash else first.strip())


def _wildcard(text: str) -> Range:
    parts = text.split(".")
    wild = parts.index("*") if "*" in parts else len(parts)
    if len(parts) != 4 or set(parts[wild:]) != {"*"}:
        raise ValueError(ADDRESS_RULE)
    return _range(
        ".".join([*parts[:wild], *("0" for _ in parts[wild:])]),
        ".".join([*parts[:wild], *("255" for _ in parts[wild:])]),
    )


def _range(first: str, last: str) -> Range:
    low, high = ip_address(first), ip_address(last)
    if isinstance(low, IPv4Address) and isinstance(high, IPv4Address):
        if low <= high:
            return low, high
    elif isinstance(low, IPv6Address) and isinstance(high, IPv6Address) and low <= high:
        if "%" in first + last:
            raise ValueError(ADDRESS_RULE)
        return low, high
    raise ValueError(ADDRESS_RULE)
