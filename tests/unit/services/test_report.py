"""Reports: fresh for links, and cheap for codes that do not exist."""

import pytest

from tests.fakes import SettableClock
from waypost.adapters.memory.storage import MemoryStorage
from waypost.domain.errors import LinkNotFound
from waypost.domain.links import Link
from waypost.services.report import newest, stats


class PendingInStorage:
    """Clicks on link 1 that reach the store's count when they are settled."""

    def __init__(self, storage: MemoryStorage) -> None:
        self.storage = storage
        self.settled = 0

    async def settle(self) -> None:
        """Count five clicks."""
        self.settled += 1
        async with self.storage.transaction() as transaction:
            await transaction.clicks.add(
                journal="journal", clicks={1: 5}, counted={}, position=None
            )


@pytest.fixture
async def storage() -> MemoryStorage:
    """A store with three links, the ids 1 to 3."""
    storage = MemoryStorage()
    now = SettableClock().now()
    async with storage.transaction() as transaction:
        for number in (1, 2, 3):
            await transaction.links.add(
                Link(
                    id=number,
                    code=f"code{number}",
                    target="https://example.com/",
                    created_at=now,
                    updated_at=now,
                )
            )
    return storage


async def test_pending_clicks_are_included(storage: MemoryStorage) -> None:
    """Clicks that are recorded and not counted yet are in the answer."""
    pending = PendingInStorage(storage)
    counted = await stats("code1", links=storage.links, pending=pending)
    assert counted.link.code == "code1"
    assert counted.clicks == 5


async def test_unknown_code_settles_nothing(storage: MemoryStorage) -> None:
    """Questions about codes of no link do not set the counting to work."""
    pending = PendingInStorage(storage)
    with pytest.raises(LinkNotFound):
        await stats("code9", links=storage.links, pending=pending)
    assert pending.settled == 0


async def test_newest_links_come_first(storage: MemoryStorage) -> None:
    """A list begins with the newest link and goes on below the last one seen."""
    first = await newest(limit=2, links=storage.links)
    assert [counted.link.id for counted in first] == [3, 2]
    rest = await newest(limit=2, before_id=2, links=storage.links)
    assert [counted.link.id for counted in rest] == [1]
