"""How often something may happen: at most so many times within any window of time."""

import re
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address, ip_network
from math import ceil
from typing import Final, Self

OFF: Final = "off"
MAX_QUOTA: Final = 100_000
"""The greatest number of times: each is remembered for as long as the window."""

_SECONDS: Final = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400}
_RATE: Final = re.compile(rf"([0-9]{{1,6}})\s*/\s*({'|'.join(_SECONDS)})")
_IPV6_PREFIX: Final = 64
"""Bits of an IPv6 address that name its network: one client has all addresses of it."""


@dataclass(frozen=True, slots=True)
class Rate:
    """At most *quota* times within any *seconds*."""

    quota: int
    seconds: int

    @classmethod
    def parse(cls, text: str) -> Self | None:
        """Return the rate that is written as `600/minute`; None: `off`.

        Raises:
            ValueError: It is neither.
        """
        if text.strip().lower() == OFF:
            return None
        found = _RATE.fullmatch(text.strip().lower())
        quota = int(found[1]) if found else 0
        if found is None or not 1 <= quota <= MAX_QUOTA:
            raise ValueError(
                "write it as 600/minute, with a number from 1 to 100,000 and second, "
                "minute, hour or day; or off"
            )
        return cls(quota, _SECONDS[found[2]])


@dataclass(frozen=True, slots=True)
class Policy:
    """A rate that holds for each of many: each key, or each client address."""

    name: str
    """Lower-case letters and hyphens; published, and part of what is stored."""
    rate: Rate


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether something may happen now, and what is left afterwards."""

    policy: Policy
    is_allowed: bool
    remaining: int
    """How many more times it may happen at this moment."""
    reset_seconds: float
    """In how many seconds it may happen once more than now."""

    @property
    def wait_seconds(self) -> int:
        """The same in whole seconds, and one at least."""
        return max(1, ceil(self.reset_seconds))


def client_of(address: str) -> str:
    """Return what stands for the client at *address*: for IPv6 its network of 64 bits.

    What is no address stands for itself.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if not isinstance(parsed, IPv6Address):
        return address
    if parsed.ipv4_mapped:
        return str(parsed.ipv4_mapped)
    return str(ip_network((parsed.packed, _IPV6_PREFIX), strict=False))
