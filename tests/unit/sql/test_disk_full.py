"""What the SQL store does when its files cannot grow, in a process of its own."""

import asyncio
import resource
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from tests.unit.sql.links import add, link
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.errors import BackendUnavailable


def _limit_file_size(limit: int) -> None:
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))


async def _fill_up(url: str) -> tuple[list[int], list[int]]:
    storage = await SqlStorage.open(url, timeout_seconds=60)
    target = "https://example.com/" + "x" * 8_000
    added = []
    _limit_file_size(1_000_000)
    try:
        for number in range(1_000):
            await add(storage, link(number, target))
            added.append(number)
    except BackendUnavailable:
        assert await storage.links.by_code("code0") == link(0, target)
    _limit_file_size(resource.RLIM_INFINITY)
    await add(storage, link(1_000))
    added.append(1_000)
    stored = [each.link.id for each in await storage.links.newest(limit=2_000)]
    await storage.aclose()
    return added, sorted(stored)


def fill_up(url: str) -> tuple[list[int], list[int]]:
    """Add links until they do not fit, then give room; return the added and stored."""
    return asyncio.run(_fill_up(url))


@pytest.mark.slow
def test_full_disk_refuses_until_there_is_room(database_url: str) -> None:
    """Exactly the acknowledged links are stored, before and after the disk was full."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        added, stored = pool.submit(fill_up, database_url).result(60)
    assert added == stored
    assert 10 < len(added) < 900
