"""Very many hosts in little memory."""

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from itertools import groupby
from typing import Final

_HASH_BYTES: Final = 8


def host_key(host: str) -> int:
    """Return a number of 64 bits that stands for *host*, in lower-case ASCII.

    That another host has the same, among a million in a list, happens once in
    eighteen million million hosts.
    """
    digest = blake2b(host.encode(), digest_size=_HASH_BYTES).digest()
    return int.from_bytes(digest, "big")


def ancestry(host: str) -> Iterator[str]:
    """Yield *host* and those above it. An address has none above it."""
    yield host
    if host.startswith("[") or host.replace(".", "").isdecimal():
        return
    rest = host
    while rest := rest.partition(".")[2]:
        yield rest


class HostSet:
    """Hosts as sorted numbers: 8 bytes of memory each."""

    def __init__(self, keys: Iterable[int]) -> None:
        """Hold the hosts whose `host_key` is among *keys*."""
        # Without a set of them, which would need ten times the memory meanwhile.
        self._keys = array("Q", (key for key, _ in groupby(sorted(keys))))

    def __len__(self) -> int:
        return len(self._keys)

    def covering(self, host: str) -> str | None:
        """Return what is held of *host* and those above it, the lowest; None: none."""
        if not self._keys:
            return None
        return next((each for each in ancestry(host) if self._holds(each)), None)

    def digest(self) -> bytes:
        """Return what is equal for equal sets."""
        return blake2b(self._keys.tobytes(), digest_size=16).digest()

    def _holds(self, host: str) -> bool:
        key = host_key(host)
        place = bisect_left(self._keys, key)
        return place < len(self._keys) and self._keys[place] == key
