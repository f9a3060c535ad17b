"""Networks of machines, from files that their operators publish."""

import re
import time
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from ipaddress import IPv4Network, IPv6Network, collapse_addresses, ip_network
from pathlib import Path
from socket import AF_INET, AF_INET6, inet_pton
from typing import Final

from waypost.adapters.geo.reloading import Reloading

_IN_JSON: Final = re.compile(r'"([0-9A-Fa-f.:]+/[0-9]{1,3})"')
"""A network in a document, wherever its publisher puts it."""

_Ranges = dict[int, tuple[list[bytes], list[bytes]]]
"""By the length of an address: first and last addresses, ascending."""


class NoNetworks:
    """No network is one of machines."""

    def has(self, address: str) -> bool:  # noqa: ARG002 - as the port says
        """Return False."""
        return False


class NetworkFiles:
    """The networks in files: one a line, or in JSON as Google and Bing publish them."""

    def __init__(
        self,
        paths: Sequence[Path],
        *,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Read the files.

        Raises:
            OSError: One cannot be read.
            ValueError: A line of one is no network.
        """
        self._ranges = Reloading(
            paths, partial(_read, tuple(paths)), monotonic=monotonic
        )

    def has(self, address: str) -> bool:
        """Return whether *address*, which may be any text, lies in one of them."""
        try:
            packed = inet_pton(AF_INET6 if ":" in address else AF_INET, address)
        except (OSError, ValueError):
            return False
        firsts, lasts = self._ranges.content()[len(packed)]
        place = bisect_right(firsts, packed) - 1
        return place >= 0 and packed <= lasts[place]


def networks_in(text: str) -> Iterator[IPv4Network | IPv6Network]:
    """Yield the networks of a file's *text*.

    Raises:
        ValueError: A line is no network; the text says which.
    """
    if text.lstrip().startswith(("{", "[")):
        yield from (ip_network(found, strict=False) for found in _IN_JSON.findall(text))
        return
    for line in text.splitlines():
        if network := line.partition("#")[0].strip():
            yield ip_network(network, strict=False)


def _read(paths: Iterable[Path]) -> _Ranges:
    found = [
        network for path in paths for network in networks_in(path.read_text("utf-8"))
    ]
    four = collapse_addresses(net for net in found if isinstance(net, IPv4Network))
    six = collapse_addresses(net for net in found if isinstance(net, IPv6Network))
    return {4: _ranges(four), 16: _ranges(six)}


def _ranges(
    networks: Iterable[IPv4Network | IPv6Network],
) -> tuple[list[bytes], list[bytes]]:
    ranges = sorted(
        (network.network_address.packed, network.broadcast_address.packed)
        for network in networks
    )
    return [first for first, _ in ranges], [last for _, last in ranges]
