"""Clicks are stored once, with what is remembered beside them."""

from pathlib import Path

from tests.unit.columns.samples import DAY, DAY_START, click, random_clicks
from waypost.adapters.columns.drivers.sqlite import SqliteConnection
from waypost.adapters.columns.store import ClickStore, open_sqlite
from waypost.domain.analytics.enriched import DAY_MS
from waypost.domain.clicks import JournalPosition

LATER = DAY_START + 10 * DAY_MS


async def upkeep(store: ClickStore, now_ms: int) -> int:
    """Do all upkeep, and return how many steps there were."""
    steps = 0
    while await store.keep(now_ms=now_ms):
        steps += 1
    return steps


def rows(path: Path, sql: str) -> list[tuple[int, ...]]:
    """What *sql* finds in the file."""
    connection = SqliteConnection(path, timeout_seconds=60, is_reader=True)
    try:
        return connection.fetch(sql)
    finally:
        connection.close()


async def test_a_click_is_stored_once(store: ClickStore) -> None:
    """All that is stored already is left out, before and after compaction."""
    clicks = random_clicks(1, 300)
    assert await store.add(clicks[:200]) == 200
    assert await store.add(clicks[100:250]) == 50
    assert await upkeep(store, LATER) > 0
    assert await store.add([*clicks, clicks[299]]) == 50
    assert await store.add(clicks) == 0


async def test_a_batch_may_hold_a_click_twice(store: ClickStore) -> None:
    """Then the first of the two is stored."""
    assert await store.add([click(1), click(2), click(1)]) == 2
    assert await store.add([click(2), click(3), click(3)]) == 1


async def test_positions_are_kept_with_the_clicks(
    store: ClickStore, path: Path
) -> None:
    """A position is that of the last add, also without clicks and after opening."""
    assert await store.position("j") is None
    await store.add([click(1)], positions={"j": JournalPosition(3, 40)})
    assert await store.position("j") == JournalPosition(3, 40)
    await store.add([], positions={"j": JournalPosition(4, 0)})
    async with await open_sqlite(path, timeout_seconds=60) as other:
        assert await other.position("j") == JournalPosition(4, 0)


async def test_days_are_sealed_an_hour_after_they_end(
    store: ClickStore, path: Path
) -> None:
    """Then each has one run, roll-ups, and nothing in the tail."""
    for seed in range(3):
        await store.add(random_clicks(seed, 500, start=10_000 * seed))
        await upkeep(store, DAY_START + 4 * DAY_MS + 3_600_000 * (1 + seed) - 1)
    assert rows(path, "SELECT count(*) FROM click_days WHERE rolled = version") == [
        (4,)
    ]
    assert rows(path, "SELECT count(DISTINCT run), sum(rows) FROM click_chunks") == [
        (4, 1500)
    ]
    assert rows(path, "SELECT count(*) FROM click_tail") == [(0,)]


async def test_many_small_batches_are_joined(store: ClickStore, path: Path) -> None:
    """Reading the tail takes no longer with each add."""
    for sequence in range(1, 66):
        await store.add([click(sequence)])
    await upkeep(store, DAY_START + 1)
    assert rows(path, "SELECT count(*), sum(rows) FROM click_tail") == [(1, 65)]


async def test_a_salt_belongs_to_a_day(store: ClickStore, path: Path) -> None:
    """It is the same for every process, and another one each day."""
    salt = await store.salt(DAY)
    assert salt is not None
    assert len(salt) == 32
    async with await open_sqlite(path, timeout_seconds=60) as other:
        assert await other.salt(DAY) == salt
        assert await other.salt(DAY + 1) != salt


async def test_salts_and_hashes_are_destroyed(store: ClickStore, path: Path) -> None:
    """48 hours after the day nothing can recognise its visitors, not even the file."""
    salt = await store.salt(DAY)
    await store.add([click(1, visitor=7)])
    end = DAY_START + 3 * DAY_MS
    await upkeep(store, end - 1)
    assert await store.salt(DAY) == salt
    assert rows(path, "SELECT count(*) FROM click_visitors") == [(1,)]
    await upkeep(store, end)
    assert await store.salt(DAY) is None
    assert rows(path, "SELECT count(*) FROM click_visitors") == [(0,)]
    assert salt is not None
    files = path.parent.glob("clicks.db*")
    assert [file.name for file in files if salt in file.read_bytes()] == []


async def test_strange_text_is_stored(store: ClickStore) -> None:
    """No text that a visitor sends can stop the store."""
    texts = ["\0", "a\0b", "\ud800", "x" * 100_000, "", "'; --"]
    clicks = [click(at, referrer=text) for at, text in enumerate(texts, 1)]
    assert await store.add(clicks) == len(texts)
    assert await store.add(clicks) == 0
