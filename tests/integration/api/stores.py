"""Stores and a cache that fail in ways that a healthy backend cannot be brought to."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from waypost.adapters.memory.storage import MemoryStorage
from waypost.domain.errors import BackendUnavailable
from waypost.domain.links import DEFAULT_DOMAIN, Absence, Link
from waypost.ports.storage import Transaction


class StoreThatCannotCommit:
    """Takes every change, and fails when it should keep them."""

    def __init__(self) -> None:
        self._store = MemoryStorage()
        self.links = self._store.links

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Transaction]:
        """Open a transaction that is lost at the end."""
        async with self._store.transaction() as transaction:
            yield transaction
            raise BackendUnavailable

    async def ping(self) -> None:
        """Answer, as if all were well."""


class StoreThatIsAway(MemoryStorage):
    """Refuses to answer."""

    async def ping(self) -> None:
        """Fail at once."""
        raise BackendUnavailable


class StoreThatHangs(MemoryStorage):
    """Never answers."""

    async def ping(self) -> None:
        """Wait for ever."""
        await asyncio.Event().wait()


class StoreWithDefect(MemoryStorage):
    """Fails with an unexpected error."""

    async def ping(self) -> None:
        """Fail with a text that must not leave the process."""
        raise RuntimeError("secret words, postgresql://user:password@db/waypost")


class CacheThatIsAway:
    """A shared cache that does not answer."""

    async def get(
        self, code: str, *, domain: str = DEFAULT_DOMAIN
    ) -> Link | Absence | None:
        """Fail at once."""
        raise BackendUnavailable(code)

    async def put(self, links: Sequence[Link]) -> None:
        """Fail at once."""
        raise BackendUnavailable(str(links))

    async def put_absent(self, code: str, *, domain: str = DEFAULT_DOMAIN) -> None:
        """Fail at once."""
        raise BackendUnavailable(code)

    def lock(
        self, code: str, *, domain: str = DEFAULT_DOMAIN
    ) -> AbstractAsyncContextManager[bool]:
        """Fail at once."""
        raise BackendUnavailable(code)
