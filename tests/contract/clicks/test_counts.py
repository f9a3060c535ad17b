"""What every store promises about counted clicks."""

import asyncio

from tests.contract.stored import (
    add,
    count,
    hold,
    link,
    ranges,
)
from waypost.domain.clicks import JournalPosition
from waypost.domain.links import CountedLink
from waypost.domain.sequences import CountedSequences
from waypost.ports.storage import Storage


async def test_counts_add_up(storage: Storage) -> None:
    """Clicks are added to what was counted before; other links keep their counts."""
    await add(storage, link(1), link(2))
    await count(storage, {1: 3})
    await count(storage, {1: 4, 2: 1})
    first = await storage.links.counted("code1")
    second = await storage.links.counted("code2")
    assert first == CountedLink(link=link(1), clicks=7)
    assert second == CountedLink(link=link(2), clicks=1)


async def test_counts_of_thousands_of_links_add_up(storage: Storage) -> None:
    """A batch may name any number of links."""
    ids = [0, *range(5, 3_000), 2**62]
    await add(storage, *(link(number) for number in ids))
    clicks = dict.fromkeys(ids, 2)
    await count(storage, clicks)
    await count(storage, clicks)
    newest = await storage.links.newest(limit=5_000)
    assert [each.clicks for each in newest] == [4] * len(ids)


async def test_clicks_on_unknown_links(storage: Storage) -> None:
    """They are reported and not added; a link made later begins without them."""
    await add(storage, link(1), link(2))
    unknown = [3, *range(1_000, 4_000), 2**62]
    async with storage.transaction() as transaction:
        await transaction.links.add([link(5)])
        found = await transaction.clicks.add(
            clicks={1: 7, 2: 1, 5: 2} | dict.fromkeys(unknown, 9),
            counted={"journal": {1: ranges((1, 20))}},
            positions={},
        )
    assert found == set(unknown)
    async with storage.transaction() as transaction:
        again = await transaction.clicks.add(clicks={1: 1}, counted={}, positions={})
    assert again == frozenset()
    await add(storage, link(3))
    newest = await storage.links.newest(limit=9)
    assert {each.link.id: each.clicks for each in newest} == {5: 2, 3: 0, 2: 1, 1: 8}
    async with storage.transaction() as transaction:
        assert await transaction.clicks.counted("journal") == {1: ranges((1, 20))}


async def test_batches_that_overlap_add_up(storage: Storage) -> None:
    """If many count the same links at once, in any order, every click counts."""
    await add(storage, *(link(number) for number in range(200)))
    clicks = dict.fromkeys(range(200), 1)
    backwards = dict(reversed(clicks.items()))
    await asyncio.gather(*(count(storage, each) for each in [clicks, backwards] * 5))
    newest = await storage.links.newest(limit=200)
    assert {each.clicks for each in newest} == {10}


async def test_counted_ranges_are_replaced_by_lane(storage: Storage) -> None:
    """A lane has the ranges that were given last; other lanes and journals stay."""
    await count(
        storage,
        counted={
            "journal": {1: ranges((1, 5), (9, 9)), 2: ranges((1, 1))},
            "other": {1: ranges((7, 8)), 3: ranges((1, 2))},
        },
    )
    await count(
        storage, counted={"journal": {1: ranges((1, 9))}, "other": {3: ranges((1, 3))}}
    )
    async with storage.transaction() as transaction:
        assert await transaction.clicks.counted("journal") == {
            1: ranges((1, 9)),
            2: ranges((1, 1)),
        }
        assert await transaction.clicks.counted("other") == {
            1: ranges((7, 8)),
            3: ranges((1, 3)),
        }
        assert await transaction.clicks.counted("unknown") == {}


async def test_ranges_may_shift_and_split(storage: Storage) -> None:
    """With any earlier ranges, a lane has exactly the new ones afterwards."""
    for spans in ([(5, 9)], [(1, 2), (5, 9)], [(1, 9)], [(2, 3), (5, 7), (9, 9)]):
        await count(storage, counted={"journal": {1: ranges(*spans)}})
        held = await hold(storage, {"journal": [1]})
        assert held == {"journal": {1: ranges(*spans)}}


async def test_lane_without_ranges_is_absent(storage: Storage) -> None:
    """A lane that is given no ranges counts as one of which nothing is counted."""
    await count(storage, counted={"journal": {1: ranges((1, 5)), 2: ranges((1, 1))}})
    await count(storage, counted={"journal": {1: ranges()}})
    async with storage.transaction() as transaction:
        assert {2: ranges((1, 1))} == await transaction.clicks.counted("journal")


async def test_held_lanes_are_all_in_the_answer(storage: Storage) -> None:
    """Exactly the lanes that are asked for come, also those without a count."""
    await count(
        storage,
        counted={
            "one": {1: ranges((1, 5)), 2: ranges((1, 1))},
            "two": {1: ranges((3, 4), (8, 9))},
        },
    )
    assert await hold(storage, {"one": [1, 3], "two": [1, 2], "three": [63]}) == {
        "one": {1: ranges((1, 5)), 3: ranges()},
        "two": {1: ranges((3, 4), (8, 9)), 2: ranges()},
        "three": {63: ranges()},
    }


async def test_holder_sees_what_was_counted_meanwhile(storage: Storage) -> None:
    """A transaction that waited for a lane finds the ranges of the one before it."""
    asked = asyncio.Event()

    async def second() -> dict[str, dict[int, CountedSequences]]:
        async with storage.transaction() as transaction:
            asked.set()
            return await transaction.clicks.hold({"journal": [2, 1]})

    async with storage.transaction() as transaction:
        await transaction.clicks.hold({"journal": [1, 2]})
        waiting = asyncio.create_task(second())
        await asked.wait()
        await asyncio.sleep(0.05)
        counted = {"journal": {1: ranges((1, 7))}}
        await transaction.clicks.add(clicks={1: 7}, counted=counted, positions={})
        assert not waiting.done()
    assert await waiting == {"journal": {1: ranges((1, 7)), 2: ranges()}}


async def test_sequences_are_counted_by_one_of_many(storage: Storage) -> None:
    """Of many that count the same clicks at once, one adds them."""
    await add(storage, link(1))

    async def count_if_new() -> None:
        async with storage.transaction() as transaction:
            held = await transaction.clicks.hold({"journal": [1]})
            if 5 not in held["journal"][1]:
                await transaction.clicks.add(
                    clicks={1: 5},
                    counted={"journal": {1: ranges((1, 5))}},
                    positions={},
                )

    await asyncio.gather(*(count_if_new() for _ in range(8)))
    assert await storage.links.counted("code1") == CountedLink(link=link(1), clicks=5)


async def test_positions_move_and_stay(storage: Storage) -> None:
    """A journal's position is what was given last; that of others stays."""
    first, second = JournalPosition(1, 2), JournalPosition(2, 0)
    given = [{}, {"a": first}, {}, {"a": second, "b": first}, {"b": second}]
    found = []
    for positions in given:
        await count(storage, {1: 1}, positions=positions)
        async with storage.transaction() as transaction:
            found.append([await transaction.clicks.position(name) for name in "ab"])
    assert found == [
        [None, None],
        [(1, 2), None],
        [(1, 2), None],
        [(2, 0), (1, 2)],
        [(2, 0), (2, 0)],
    ]


async def test_most_clicked_come_first(storage: Storage) -> None:
    """Links are listed by descending clicks, without those that have none."""
    await add(storage, *(link(number) for number in range(1, 6)))
    await count(storage, {1: 2, 2: 9, 4: 5, 5: 0, 99: 1_000})
    assert await storage.links.most_clicked(limit=10) == [link(2), link(4), link(1)]
    assert await storage.links.most_clicked(limit=2) == [link(2), link(4)]


async def test_a_journal_is_claimed_once(storage: Storage) -> None:
    """Of all that claim an id one gets it; from then on it is known."""

    async def claim(journal: str) -> bool:
        async with storage.transaction() as transaction:
            return await transaction.clicks.claim(journal)

    assert sorted(await asyncio.gather(*(claim("new") for _ in range(5)))) == [
        *[False] * 4,
        True,
    ]
    assert not await claim("new")
    async with storage.transaction() as transaction:
        assert await transaction.clicks.position("new") == JournalPosition(0, 0)
        assert await transaction.clicks.position("other") is None
    await count(storage, positions={"counted": JournalPosition(3, 7)})
    assert not await claim("counted")
