"""Finding the link behind a code."""

import pytest

from tests.fakes import SettableClock
from waypost.adapters.memory.storage import MemoryStorage
from waypost.domain.errors import LinkNotFound
from waypost.domain.links import Link
from waypost.services.resolve import resolve


async def test_known_code() -> None:
    """A code leads to its link."""
    storage = MemoryStorage()
    now = SettableClock().now()
    link = Link(id=1, code="abc", target="x:y", created_at=now, updated_at=now)
    async with storage.transaction() as transaction:
        await transaction.links.add([link])
    assert await resolve("abc", links=storage.links) == link


@pytest.mark.parametrize("code", ["nothing", "", "é"])
async def test_unknown_code(code: str) -> None:
    """A code of no link is said to be unknown."""
    with pytest.raises(LinkNotFound):
        await resolve(code, links=MemoryStorage().links)
