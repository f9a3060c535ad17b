"""Transactions that are committed together stay each other's strangers."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from waypost.adapters.sql.group import MAX_MEMBERS
from waypost.adapters.sql.migrate import upgrade
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.errors import BackendUnavailable
from waypost.domain.links import Link

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def storage(tmp_path: Path) -> AsyncIterator[SqlStorage]:
    """An empty store."""
    url = f"sqlite:///{tmp_path}/group.db"
    await asyncio.to_thread(upgrade, url)
    storage = await SqlStorage.open(url, timeout_seconds=2)
    yield storage
    await storage.aclose()


async def _add(storage: SqlStorage, number: int) -> None:
    """Add link *number*; every third one is given up after it was added."""
    async with storage.transaction() as transaction:
        await transaction.links.add(
            Link(
                id=number,
                code=f"code{number}",
                target="https://example.com/",
                created_at=NOW,
                updated_at=NOW,
            )
        )
        if number % 3 == 0:
            raise KeyError(number)


async def _ids(storage: SqlStorage) -> set[int]:
    return {one.link.id for one in await storage.links.newest(limit=1_000)}


async def test_rollback_takes_nobody_along(storage: SqlStorage) -> None:
    """Of many transactions at once exactly those that succeeded are kept."""
    numbers = range(1, 3 * MAX_MEMBERS)
    results = await asyncio.gather(
        *[_add(storage, number) for number in numbers], return_exceptions=True
    )
    kept = {number for number in numbers if number % 3}

    assert await _ids(storage) == kept
    assert [isinstance(result, KeyError) for result in results] == [
        number not in kept for number in numbers
    ]


async def test_answer_comes_after_the_commit(storage: SqlStorage) -> None:
    """Whoever has left a transaction finds its link through another connection."""

    async def add_and_look(number: int) -> bool:
        await _add(storage, number)
        return await storage.links.by_code(f"code{number}") is not None

    numbers = [number for number in range(100) if number % 3]
    found = await asyncio.gather(*[add_and_look(number) for number in numbers])

    assert all(found)


async def test_cancelled_successor_leaves_no_commit_behind(
    storage: SqlStorage,
) -> None:
    """A transaction is committed although the one that was to do it is cancelled."""
    for number in range(1, 200, 3):
        first = asyncio.create_task(_add(storage, number))
        second = asyncio.create_task(_add(storage, number + 1))
        for _ in range(number % 7):
            await asyncio.sleep(0)
        second.cancel()
        async with asyncio.timeout(5):
            await first
            await asyncio.wait([second])

        assert number in await _ids(storage)


async def test_failure_of_one_is_told_to_all(storage: SqlStorage) -> None:
    """What was lost with a broken connection is not said to be kept."""

    async def break_it() -> None:
        async with storage.database.transaction() as transaction:
            await transaction.run(lambda connection: connection.exec_driver_sql("no"))

    numbers = [number for number in range(1, 60) if number % 3]
    results = await asyncio.gather(
        *[_add(storage, number) for number in numbers[:20]],
        break_it(),
        *[_add(storage, number) for number in numbers[20:]],
        return_exceptions=True,
    )
    del results[20]
    kept = await _ids(storage)

    for number, result in zip(numbers, results, strict=True):
        assert (number in kept) == (result is None)
        assert result is None or isinstance(result, BackendUnavailable)
