"""Which requests that may be sent again are carried out just now."""

from collections.abc import Iterator
from contextlib import contextmanager

from waypost.domain.bulk.errors import IdempotencyInProgress


class RunningRequests:
    """Those under an `Idempotency-Key` that this process carries out."""

    def __init__(self) -> None:
        self._names: set[str] = set()

    @contextmanager
    def one(self, name: str) -> Iterator[None]:
        """Note that the request of this name runs, until the context ends.

        Raises:
            IdempotencyInProgress: It does already.
        """
        if name in self._names:
            raise IdempotencyInProgress
        self._names.add(name)
        try:
            yield
        finally:
            self._names.discard(name)
