"""What every store promises about the events that are still to be published."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import timedelta
from itertools import chain

import pytest

from tests.contract.stored import (
    event,
)
from waypost.domain.events import CACHES
from waypost.ports.storage import Storage


async def test_events_come_back_in_order(storage: Storage) -> None:
    """Events are taken oldest first, as they were added, until they are removed."""
    for numbers in ([1, 2], [3]):
        async with storage.transaction() as transaction:
            await transaction.outbox.add(
                [event(number) for number in numbers], reader=CACHES.name
            )
    async with storage.transaction() as transaction:
        taken = await transaction.outbox.take(reader=CACHES.name, limit=2)
        assert [each.event for each in taken] == [event(1), event(2)]
        await transaction.outbox.remove([taken[0].id])
        left = await transaction.outbox.take(reader=CACHES.name, limit=9)
        assert [each.event for each in left] == [event(2), event(3)]
    async with storage.transaction() as transaction:
        again = await transaction.outbox.take(reader=CACHES.name, limit=9)
        assert [each.event for each in again] == [event(2), event(3)]
        assert again[0].id == taken[1].id


async def test_event_waits_for_its_commit(storage: Storage) -> None:
    """An event whose relay fails is published by the next one."""

    async def fail() -> None:
        async with storage.transaction() as transaction:
            taken = await transaction.outbox.take(reader=CACHES.name, limit=1)
            await transaction.outbox.remove([each.id for each in taken])
            raise ZeroDivisionError

    async with storage.transaction() as transaction:
        await transaction.outbox.add([event(1)], reader=CACHES.name)
    with pytest.raises(ZeroDivisionError):
        await fail()
    async with storage.transaction() as transaction:
        taken = await transaction.outbox.take(reader=CACHES.name, limit=9)
        assert [each.event for each in taken] == [event(1)]


async def test_event_is_taken_by_one(storage: Storage) -> None:
    """Of many relays at the same time, each event is taken by one of them."""
    async with storage.transaction() as transaction:
        await transaction.outbox.add(
            [event(number) for number in range(30)], reader=CACHES.name
        )

    async def take() -> list[int]:
        async with storage.transaction() as transaction:
            taken = await transaction.outbox.take(reader=CACHES.name, limit=10)
            await asyncio.sleep(0)
            await transaction.outbox.remove([each.id for each in taken])
            return [each.event.link.id for each in taken]

    taken = await asyncio.gather(*(take() for _ in range(3)))
    taken += [await take() for _ in range(3)]
    assert sorted(chain(*taken)) == list(range(30))


async def test_each_reader_has_its_own(storage: Storage) -> None:
    """What one reader has got and removed still waits for another one."""
    for number in (1, 2):
        async with storage.transaction() as transaction:
            for reader in (CACHES.name, "others"):
                await transaction.outbox.add([event(number)], reader=reader)
    async with storage.transaction() as transaction:
        taken = await transaction.outbox.take(reader=CACHES.name, limit=9)
        assert [each.event for each in taken] == [event(1), event(2)]
        await transaction.outbox.remove([each.id for each in taken])
    async with storage.transaction() as transaction:
        assert await transaction.outbox.take(reader=CACHES.name, limit=9) == []
        left = await transaction.outbox.take(reader="others", limit=9)
        assert [each.event for each in left] == [event(1), event(2)]
        assert await transaction.outbox.take(reader="third", limit=9) == []


async def test_a_reader_is_forgotten(storage: Storage) -> None:
    """Its older events go; those of readers that stay, and newer ones, do not."""
    old, new = event(1), event(2)
    async with storage.transaction() as transaction:
        for reader in (CACHES.name, "gone", "going"):
            await transaction.outbox.add([old], reader=reader)
        new = replace(new, occurred_at=old.occurred_at + timedelta(seconds=1))
        await transaction.outbox.add([new], reader="going")
    async with storage.transaction() as transaction:
        forgotten = [
            await transaction.outbox.forget_readers(
                keep=[CACHES.name], before=new.occurred_at, limit=1
            )
            for _ in range(3)
        ]
        assert sum(map(Counter, forgotten), Counter()) == {"gone": 1, "going": 1}
        assert [sum(some.values()) for some in forgotten] == [1, 1, 0]
    async with storage.transaction() as transaction:
        left = {
            reader: [
                each.event
                for each in await transaction.outbox.take(reader=reader, limit=9)
            ]
            for reader in (CACHES.name, "gone", "going")
        }
    assert left == {CACHES.name: [old], "gone": [], "going": [new]}
