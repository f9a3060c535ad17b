"""What the SQL store promises to several processes on one file."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from typing import TypeVar

import pytest

from tests.unit.sql.links import NOON, add
from waypost.adapters.sql.blocks import SqlBlocks
from waypost.adapters.sql.secrets import SqlSecrets
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.errors import CodeTaken
from waypost.domain.links import Link

pytestmark = pytest.mark.slow

CODES = 200
T = TypeVar("T")


def in_two_processes(task: Callable[[int], T]) -> list[T]:
    """Return what *task* returns in two processes at once, given 0 and 1."""
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        return list(pool.map(task, range(2), timeout=60))


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


def test_one_process_gets_each_code(database_url: str) -> None:
    """Of two processes that want the same codes, each code goes to exactly one."""
    first, second = in_two_processes(partial(claim, database_url))
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


def test_processes_share_no_ids(database_url: str) -> None:
    """Two processes that lease at the same time share no id and leave no gap."""
    first, second = in_two_processes(partial(lease, database_url))
    assert list(range(1, 601)) == sorted(first + second)


async def _secret(url: str) -> str:
    storage = await SqlStorage.open(url, timeout_seconds=20)
    secret = await SqlSecrets(storage.database).secret("codes")
    await storage.aclose()
    return secret


def secret(url: str, _number: int) -> str:
    """Return the instance's secret."""
    return asyncio.run(_secret(url))


def test_processes_share_secrets(database_url: str) -> None:
    """Two processes that start at the same time have the same key."""
    first, second = in_two_processes(partial(secret, database_url))
    assert first == second
