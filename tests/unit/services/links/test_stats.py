"""Reports: fresh for links, and cheap for codes that do not exist."""

import pytest

from tests.unit.services.links.creating import link
from waypost.adapters.memory.storage import MemoryStorage
from waypost.domain.errors import LinkNotFound
from waypost.services.links.stats import find, newest, stats


class LateClicks:
    """Five clicks on the first link are counted when a report asks for it."""

    def __init__(self, storage: MemoryStorage) -> None:
        self.asked: list[str] = []
        self._storage = storage

    async def settle(self, code: str) -> None:
        """Count them."""
        self.asked.append(code)
        async with self._storage.transaction() as transaction:
            await transaction.clicks.add(clicks={1: 5}, counted={}, positions={})


@pytest.fixture
async def storage() -> MemoryStorage:
    """A store with three links, the ids 1 to 3, and two clicks on the first."""
    storage = MemoryStorage()
    async with storage.transaction() as transaction:
        await transaction.links.add([link(number) for number in (1, 2, 3)])
        await transaction.clicks.add(clicks={1: 2}, counted={}, positions={})
    return storage


async def test_clicks_of_a_moment_ago_are_included(storage: MemoryStorage) -> None:
    """The count is read after what was recorded is counted."""
    counted = await stats("code1", links=storage.links, settlement=LateClicks(storage))
    assert counted.link.code == "code1"
    assert counted.clicks == 2 + 5


async def test_unknown_code_settles_nothing(storage: MemoryStorage) -> None:
    """Questions about codes of no link do not set the counting to work."""
    late = LateClicks(storage)
    with pytest.raises(LinkNotFound):
        await stats("code9", links=storage.links, settlement=late)
    assert late.asked == []


async def test_a_found_link_has_what_is_counted(storage: MemoryStorage) -> None:
    """Reading a link waits for no click."""
    counted = await find("code1", links=storage.links)
    assert (counted.link, counted.clicks) == (link(1), 2)


@pytest.mark.parametrize("code", ["nothing", "", "é"])
async def test_unknown_code_is_not_found(storage: MemoryStorage, code: str) -> None:
    """A code of no link is said to be unknown."""
    with pytest.raises(LinkNotFound):
        await find(code, links=storage.links)


async def test_newest_links_come_first(storage: MemoryStorage) -> None:
    """A list begins with the newest link and goes on below the last one seen."""
    first = await newest(limit=2, links=storage.links)
    assert [counted.link.id for counted in first] == [3, 2]
    rest = await newest(limit=2, before_id=2, links=storage.links)
    assert [counted.link.id for counted in rest] == [1]
