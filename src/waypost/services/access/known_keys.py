"""Keys that were looked up within the last seconds."""

from collections.abc import Callable
from typing import Final, NamedTuple

from waypost.domain.access.keys import ApiKey

FRESH_SECONDS: Final = 2.0
"""For how long a look-up counts: so much later a revocation acts in other processes."""
MOST: Final = 1_000
"""How many keys are remembered, and as many that there are not."""


class _Found(NamedTuple):
    key: ApiKey | None
    until: float


class KnownKeys:
    """By hash; those that there are not have a room of their own.

    So that guesses cannot displace the keys that are in use.
    """

    def __init__(self, *, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._present: dict[str, _Found] = {}
        self._absent: dict[str, _Found] = {}
        self._changes = 0

    def get(self, secret_hash: str) -> tuple[bool, ApiKey | None]:
        """Return whether a hash was looked up, and what was found then."""
        found = self._present.get(secret_hash) or self._absent.get(secret_hash)
        if found is None or found.until <= self._monotonic():
            return False, None
        return True, found.key

    def begin(self) -> int:
        """Return what to hand to `put` after a look-up that begins now."""
        return self._changes

    def put(self, secret_hash: str, key: ApiKey | None, *, begun: int) -> None:
        """Remember *key*, unless keys may have changed since the look-up began."""
        if begun != self._changes:
            return
        entries = self._absent if key is None else self._present
        entries.pop(secret_hash, None)
        if len(entries) >= MOST:
            del entries[next(iter(entries))]
        entries[secret_hash] = _Found(key, self._monotonic() + FRESH_SECONDS)

    def clear(self) -> None:
        """Forget everything."""
        self._changes += 1
        self._present.clear()
        self._absent.clear()
