"""What was found out lately, by what it was found out of; bounded."""

from collections.abc import Callable, Hashable
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Remembered(dict[K, V]):
    """Finds out the values of missing keys, and forgets those not asked for lately.

    It is a dictionary because looking up what is there runs no code of Python then, and
    costs half of what `lru_cache` does. For one thread at a time.
    """

    def __init__(self, find: Callable[[K], V], *, size: int) -> None:
        """Remember at most twice *size* values of *find*."""
        super().__init__()
        self._find = find
        self._size = size
        self._before: dict[K, V] = {}

    def __missing__(self, key: K) -> V:
        """Return the value of *key*: from before, or found out now."""
        if len(self) >= self._size:
            # What is asked for again moves over, and the rest goes with the next turn.
            self._before = dict(self)
            self.clear()
        value = self._before[key] if key in self._before else self._find(key)
        self[key] = value
        return value
