"""What every store of orphans promises."""

import asyncio
from collections.abc import Iterator
from itertools import count
from random import Random

import pytest

from waypost.adapters.memory.orphans import MemoryOrphans
from waypost.adapters.sql.orphans.store import SqlOrphans
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.analytics.orphans import (
    OTHERS,
    OrphanKey,
    OrphanKind,
    OrphanOrder,
    OrphanPlace,
    OrphanQuery,
    OrphanRow,
    OrphanTally,
)
from waypost.domain.analytics.questions import Numbers
from waypost.ports.analytics.orphans import OrphanBatch, OrphanBounds, OrphanStore

CODE, PATH, BASE = (
    OrphanKind.UNKNOWN_CODE,
    OrphanKind.UNKNOWN_PATH,
    OrphanKind.BASE_URL,
)
KINDS = tuple(OrphanKind)
DAY_MS = 86_400_000
TODAY = 20_500
ALL = OrphanQuery()
BOUNDS = OrphanBounds(codes=10, rows=30, longest_favour=5)


@pytest.fixture(params=["memory", "sqlite", "postgres"])
def orphans(request: pytest.FixtureRequest) -> OrphanStore:
    """An empty store with small bounds, of every kind."""
    if request.param == "memory":
        return MemoryOrphans(bounds=BOUNDS)
    name = "sql_storage" if request.param == "sqlite" else "postgres_storage"
    storage: SqlStorage = request.getfixturevalue(name)
    return SqlOrphans(storage.database, bounds=BOUNDS)


@pytest.fixture
def numbers() -> Iterator[int]:
    """Numbers of batches."""
    return count(1)


def tallies(
    *visits: tuple[OrphanKind, str, int, int, int],
) -> dict[OrphanKey, OrphanTally]:
    """Return tallies of (kind, text, day, people, machines)."""
    return {
        OrphanKey(kind, text, day): OrphanTally(
            first_ms=day * DAY_MS + 1,
            last_ms=day * DAY_MS + 2,
            people=people,
            machines=machines,
        )
        for kind, text, day, people, machines in visits
    }


async def add(
    store: OrphanStore, number: int, *visits: tuple[OrphanKind, str, int, int, int]
) -> None:
    """Store a batch."""
    batch = OrphanBatch(source="one", number=number, tallies=tallies(*visits))
    await store.add(batch)


async def listed(
    store: OrphanStore,
    query: OrphanQuery = ALL,
    *,
    order: OrphanOrder = OrphanOrder.CLICKS,
    limit: int = 3,
) -> list[OrphanRow]:
    """Return all rows, page by page."""
    found: list[OrphanRow] = []
    after: OrphanPlace | None = None
    while True:
        page = await store.page(query, order=order, after=after, limit=limit)
        found += page.rows
        if len(page.rows) < limit:
            return found
        after = page.rows[-1].place(order)


async def test_an_empty_store_has_nothing(orphans: OrphanStore) -> None:
    """There are no rows, no others, and nothing to delete."""
    page = await orphans.page(ALL, order=OrphanOrder.CLICKS, after=None, limit=10)
    assert (list(page.rows), page.others) == ([], None)
    assert await orphans.numbers(ALL) == Numbers(0, 0, None)
    assert await orphans.delete(kinds=KINDS, before_day=None) == (0, 0, None)


async def test_days_are_summed_up(orphans: OrphanStore) -> None:
    """A row has the visits of all days that are asked for, and their moments."""
    await add(orphans, 1, (CODE, "sprnig", TODAY, 2, 1), (CODE, "x", TODAY, 1, 0))
    await add(orphans, 2, (CODE, "sprnig", TODAY + 1, 3, 0), (PATH, "x", TODAY, 0, 4))
    await add(orphans, 3, (CODE, "sprnig", TODAY, 1, 1))
    assert await listed(orphans) == [
        OrphanRow(CODE, "sprnig", 6, 2, TODAY * DAY_MS + 1, (TODAY + 1) * DAY_MS + 2),
        OrphanRow(PATH, "x", 0, 4, TODAY * DAY_MS + 1, TODAY * DAY_MS + 2),
        OrphanRow(CODE, "x", 1, 0, TODAY * DAY_MS + 1, TODAY * DAY_MS + 2),
    ]
    of_today = OrphanQuery(kinds=[CODE], first_day=TODAY, end_day=TODAY + 1)
    assert [row[1:4] for row in await listed(orphans, of_today)] == [
        ("sprnig", 3, 2),
        ("x", 1, 0),
    ]
    assert await orphans.numbers(of_today) == Numbers(4, 2, None)


async def test_a_batch_is_stored_once(orphans: OrphanStore) -> None:
    """A process that cannot know whether a batch was stored sends it again."""
    for number in (1, 1, 2, 1, 2, 2):
        await add(orphans, number, (CODE, "x", TODAY, 1, 0))
    other = OrphanBatch(
        source="other", number=1, tallies=tallies((CODE, "x", TODAY, 10, 0))
    )
    await orphans.add(other)
    await orphans.add(other)
    assert await orphans.numbers(ALL) == Numbers(12, 0, None)


async def test_a_text_is_looked_for(orphans: OrphanStore) -> None:
    """Anywhere, in small and capital letters; signs of patterns are plain text."""
    await add(
        orphans,
        1,
        (CODE, "Spring26", TODAY, 1, 0),
        (CODE, "s_ring", TODAY, 1, 0),
        (PATH, "a%b", TODAY, 1, 0),
        (BASE, "", TODAY, 1, 0),
    )
    for text, found in (("SPRING", "Spring26"), ("s_r", "s_ring"), ("%", "a%b")):
        rows = await listed(orphans, OrphanQuery(text=text))
        assert [row.text for row in rows] == [found]


@pytest.mark.parametrize("order", OrphanOrder)
async def test_pages_go_on_behind_one_another(
    orphans: OrphanStore, order: OrphanOrder
) -> None:
    """Every row is listed once; equal ones come by kind and by the bytes of text."""
    random = Random(17)
    visits = [
        (kind, text, TODAY + random.randrange(2), random.randrange(1, 3), 0)
        for kind in (CODE, PATH)
        for text in ("b", "B", "a", "_", "é", "10", "9", "ab")
    ]
    await add(orphans, 1, *visits)
    found = await listed(orphans, order=order)
    assert len(found) == len(visits)
    places = [row.place(order) for row in found]
    assert places == sorted(
        places, key=lambda place: (-place.value, place.kind, place.text)
    )


async def test_what_is_deleted_is_gone(orphans: OrphanStore) -> None:
    """Kinds and days are deleted, others stay."""
    await add(
        orphans,
        1,
        (CODE, "x", TODAY, 1, 2),
        (CODE, "x", TODAY + 1, 4, 0),
        (PATH, "x", TODAY, 8, 0),
        (CODE, OTHERS, TODAY, 16, 0),
    )
    deleted = await orphans.delete(kinds=[CODE], before_day=TODAY + 1)
    assert deleted == Numbers(17, 2, None)
    assert await orphans.numbers(ALL) == Numbers(12, 0, None)
    assert await orphans.delete(kinds=KINDS, before_day=None) == (12, 0, None)


async def test_a_flood_does_not_fill_the_store(
    orphans: OrphanStore, numbers: Iterator[int]
) -> None:
    """Codes beyond the bound are summed up; those of people who return stay."""
    await add(orphans, next(numbers), (CODE, "poster", TODAY - 3, 5, 0))
    for start in range(0, 100, 5):
        flood = [(CODE, f"f{at:03}", TODAY, 1, 1) for at in range(start, start + 5)]
        await add(orphans, next(numbers), *flood, (BASE, "", TODAY, 1, 0))
        assert len(await listed(orphans, OrphanQuery(kinds=[CODE]))) <= BOUNDS.codes
    rows = await listed(orphans, OrphanQuery(kinds=[CODE]))
    assert rows[0].text == "poster"
    assert {row.text for row in rows[1:]} <= {f"f{at:03}" for at in range(90, 100)}
    assert await orphans.numbers(ALL) == Numbers(125, 100, None)
    page = await orphans.page(ALL, order=OrphanOrder.CLICKS, after=None, limit=50)
    assert page.others is not None
    assert page.others.clicks + sum(row.people + row.machines for row in page.rows) == (
        225
    )


async def test_machines_keep_no_code(
    orphans: OrphanStore, numbers: Iterator[int]
) -> None:
    """What many programs visit leaves before what a few people visited."""
    await add(orphans, next(numbers), (CODE, "scanned", TODAY, 0, 1_000))
    await add(orphans, next(numbers), (CODE, "typed", TODAY - 1, 3, 0))
    for at in range(12):
        await add(orphans, next(numbers), (CODE, f"f{at:02}", TODAY, 1, 0))
    texts = {row.text for row in await listed(orphans)}
    assert "typed" in texts
    assert "scanned" not in texts


async def test_old_days_are_summed_up_when_there_are_too_many(
    orphans: OrphanStore, numbers: Iterator[int]
) -> None:
    """The same codes every day do not fill the store either."""
    for day in range(20):
        visits = [(CODE, f"c{at}", TODAY + day, 2, 0) for at in range(9)]
        await add(orphans, next(numbers), *visits)
    rows = await listed(orphans)
    assert len(rows) == 9
    assert all(row.first_ms > (TODAY + 15) * DAY_MS for row in rows)
    assert await orphans.numbers(ALL) == Numbers(360, 0, None)
    old = OrphanQuery(end_day=TODAY + 1)
    assert await orphans.numbers(old) == Numbers(18, 0, None)
    assert await listed(orphans, old) == []


async def test_many_add_at_the_same_time(orphans: OrphanStore) -> None:
    """No visit is lost where processes add the same codes in different orders."""
    texts = [f"c{at}" for at in range(9)]

    async def add_all(source: int) -> None:
        random = Random(source)
        for number in range(1, 6):
            random.shuffle(texts)
            visits = [(CODE, text, TODAY, 1, 0) for text in texts]
            await orphans.add(
                OrphanBatch(source=str(source), number=number, tallies=tallies(*visits))
            )

    await asyncio.gather(*map(add_all, range(4)))
    assert await orphans.numbers(ALL) == Numbers(4 * 5 * 9, 0, None)
    assert [row.people for row in await listed(orphans)] == [20] * 9
