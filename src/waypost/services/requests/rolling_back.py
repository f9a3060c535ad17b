"""Stores for dry runs: each transaction is carried out, and then rolled back.

So all that a store refuses is refused, and nothing is kept. What is queued for after
the commit does not happen either.
"""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar

from waypost.ports.access.keys import KeyReader, KeyStorage, KeyTransaction
from waypost.ports.domains.store import DomainReader, DomainStorage, DomainTransaction
from waypost.ports.links import LinkReader
from waypost.ports.storage import Storage, Transaction

_T = TypeVar("_T")


class _NothingHappensError(Exception):
    """Ends a transaction whose work is done and not wanted."""


@asynccontextmanager
async def rolled_back(
    transaction: AbstractAsyncContextManager[_T],
) -> AsyncIterator[_T]:
    """Open *transaction*, and roll it back in the end.

    Raises:
        BackendUnavailable: The store does not answer.
    """
    try:
        async with transaction as opened:
            yield opened
            raise _NothingHappensError  # noqa: TRY301  # it is what rolls it back
    except _NothingHappensError:
        pass


class DryStorage:
    """A `Storage` that keeps nothing."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    @property
    def links(self) -> LinkReader:
        """Look-ups outside any transaction."""
        return self._storage.links

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction that is rolled back."""
        return rolled_back(self._storage.transaction())

    async def ping(self) -> None:
        """Check that the store answers."""
        await self._storage.ping()


class DryKeys:
    """A `KeyStorage` that keeps nothing."""

    def __init__(self, storage: KeyStorage) -> None:
        self._storage = storage

    @property
    def keys(self) -> KeyReader:
        """Look-ups outside any transaction."""
        return self._storage.keys

    def transaction(self) -> AbstractAsyncContextManager[KeyTransaction]:
        """Open a transaction that is rolled back."""
        return rolled_back(self._storage.transaction())


class DryDomains:
    """A `DomainStorage` that keeps nothing."""

    def __init__(self, storage: DomainStorage) -> None:
        self._storage = storage

    @property
    def domains(self) -> DomainReader:
        """Look-ups outside any transaction."""
        return self._storage.domains

    def transaction(self) -> AbstractAsyncContextManager[DomainTransaction]:
        """Open a transaction that is rolled back."""
        return rolled_back(self._storage.transaction())
