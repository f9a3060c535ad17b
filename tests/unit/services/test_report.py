"""Reports: fresh for links, and cheap for codes that do not exist."""

import pytest

from tests.unit.services.creating import link
from waypost.adapters.memory.storage import MemoryStorage
from waypost.domain.errors import BackendUnavailable, LinkNotFound
from waypost.services.report import find, newest, stats


class Pending:
    """Five clicks on each code are not counted yet, unless nobody knows."""

    def __init__(self, *, is_away: bool = False) -> None:
        self.asked: list[str] = []
        self.is_away = is_away

    async def pending(self, code: str) -> int:
        """Return five."""
        self.asked.append(code)
        if self.is_away:
            raise BackendUnavailable
        return 5


@pytest.fixture
async def storage() -> MemoryStorage:
    """A store with three links, the ids 1 to 3, and two clicks on the first."""
    storage = MemoryStorage()
    async with storage.transaction() as transaction:
        await transaction.links.add([link(number) for number in (1, 2, 3)])
        await transaction.clicks.add(clicks={1: 2}, counted={}, positions={})
    return storage


async def test_pending_clicks_are_included(storage: MemoryStorage) -> None:
    """Clicks that are recorded and not counted yet are in the answer."""
    counted = await stats("code1", links=storage.links, pending=Pending())
    assert counted.link.code == "code1"
    assert counted.clicks == 2 + 5


async def test_counted_clicks_do_without_the_others(storage: MemoryStorage) -> None:
    """While nobody knows what is pending, a report tells what is counted."""
    pending = Pending(is_away=True)
    counted = await stats("code1", links=storage.links, pending=pending)
    assert counted.clicks == 2


async def test_unknown_code_settles_nothing(storage: MemoryStorage) -> None:
    """Questions about codes of no link do not set the counting to work."""
    pending = Pending()
    with pytest.raises(LinkNotFound):
        await stats("code9", links=storage.links, pending=pending)
    assert pending.asked == []


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
