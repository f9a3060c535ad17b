"""How many streams a process serves at a time: each takes memory and a store's time."""

from collections.abc import Iterator
from contextlib import contextmanager

from waypost.domain.errors import TooManyStreams


class StreamLimit:
    """Counts the streams of one kind."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open = 0

    @contextmanager
    def one(self) -> Iterator[None]:
        """Hold the place of one stream.

        Raises:
            TooManyStreams: All places are taken.
        """
        if self._open >= self._most:
            raise TooManyStreams
        self._open += 1
        try:
            yield
        finally:
            self._open -= 1


class StreamLimits:
    """The limits of one process, by kind."""

    def __init__(self, *, live: int = 50, exports: int = 4, bulk: int = 4) -> None:
        self.live = StreamLimit(live)
        self.exports = StreamLimit(exports)
        self.bulk = StreamLimit(bulk)
