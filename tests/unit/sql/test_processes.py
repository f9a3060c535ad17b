"""What the SQL store promises to several processes on one database."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import TypeVar

import pytest

from tests.unit.sql.links import NOON, add, link
from waypost.adapters.sql.blocks import SqlBlocks
from waypost.adapters.sql.secrets import SqlSecrets
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.errors import CodeTaken
from waypost.domain.links import Link
from waypost.domain.sequences import SequenceRange

pytestmark = pytest.mark.slow

CODES = 200
T = TypeVar("T")


@pytest.fixture(params=["sqlite", "postgres"])
def shared_url(request: pytest.FixtureRequest) -> str:
    """The URL of a migrated database, of every kind."""
    name = "database_url" if request.param == "sqlite" else "migrated_postgres_url"
    url: str = request.getfixturevalue(name)
    return url


def in_two_processes(task: Callable[[int], T]) -> list[T]:
    """Return what *task* returns in two processes at once, given 0 and 1."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        return list(pool.map(task, range(2), timeout=300))


async def _claim(url: str, number: int) -> list[str]:
    storage = await SqlStorage.open(url, timeout_seconds=20)
    won = []
    for each in range(CODES):
        claimed = Link(
            id=2 * each + number,
            code=f"code{each}",
            target=f"https://example.com/{number}",
            created_at=NOON,
            updated_at=NOON,
        )
        try:
            await add(storage, claimed)
        except CodeTaken:
            continue
        won.append(claimed.code)
    await storage.aclose()
    return won


def claim(url: str, number: int) -> list[str]:
    """Try to get every code; return those that were got."""
    return asyncio.run(_claim(url, number))


def test_one_process_gets_each_code(shared_url: str) -> None:
    """Of two processes that need the same codes, each code goes to exactly one."""
    first, second = in_two_processes(partial(claim, shared_url))
    assert sorted(f"code{each}" for each in range(CODES)) == sorted(first + second)


async def _lease(url: str) -> list[int]:
    storage = await SqlStorage.open(url, timeout_seconds=20)
    blocks = SqlBlocks(storage.database, name="ids")
    leased = [await blocks.lease(3) for _ in range(100)]
    await storage.aclose()
    return [number for block in leased for number in range(block.start, block.end + 1)]


def lease(url: str, _number: int) -> list[int]:
    """Return the ids of a hundred blocks."""
    return asyncio.run(_lease(url))


def test_processes_share_no_ids(shared_url: str) -> None:
    """Two processes that lease at the same time share no id and leave no gap."""
    first, second = in_two_processes(partial(lease, shared_url))
    assert list(range(1, 601)) == sorted(first + second)


async def _secret(url: str) -> str:
    storage = await SqlStorage.open(url, timeout_seconds=20)
    secret = await SqlSecrets(storage.database).secret("codes")
    await storage.aclose()
    return secret


def secret(url: str, _number: int) -> str:
    """Return the instance's secret."""
    return asyncio.run(_secret(url))


def test_processes_share_secrets(shared_url: str) -> None:
    """Two processes that start at the same time have the same key."""
    first, second = in_two_processes(partial(secret, shared_url))
    assert first == second


async def _count(url: str) -> int:
    storage = await SqlStorage.open(url, timeout_seconds=20)
    counted = 0
    for first in range(1, 1_000, 10):
        span = SequenceRange(first, first + 9)
        async with storage.transaction() as transaction:
            held = await transaction.clicks.hold({"journal": range(8)})
            fresh = [lane for lane in range(8) if first not in held["journal"][lane]]
            await transaction.clicks.add(
                clicks=dict.fromkeys(fresh, 10),
                counted={
                    "journal": {
                        lane: held["journal"][lane].adding_range(span) for lane in fresh
                    }
                },
                positions={},
            )
        counted += 10 * len(fresh)
    await storage.aclose()
    return counted


def count_clicks(url: str, _number: int) -> int:
    """Count a thousand clicks in each of eight lanes; return how many were new."""
    return asyncio.run(_count(url))


async def _make_links(url: str) -> None:
    storage = await SqlStorage.open(url, timeout_seconds=20)
    async with storage.transaction() as transaction:
        await transaction.links.add([link(number) for number in range(8)])
    await storage.aclose()


async def _clicks(url: str) -> list[int]:
    storage = await SqlStorage.open(url, timeout_seconds=20)
    newest = await storage.links.newest(limit=9)
    await storage.aclose()
    return [each.clicks for each in newest]


def test_processes_count_each_click_once(shared_url: str) -> None:
    """Two processes that count the same clicks at the same time add each one once."""
    asyncio.run(_make_links(shared_url))
    counted = in_two_processes(partial(count_clicks, shared_url))
    assert sum(counted) == 8_000
    assert asyncio.run(_clicks(shared_url)) == [1_000] * 8
