"""Each click is stored once, at any moment at which either side fails."""

import asyncio
import random
import sqlite3
import subprocess
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.clickhouse.fixtures import clicks_in
from tests.clickhouse.server import ROOT, ClickHouseServer
from tests.integration.clickhouse.made import (
    DAY,
    EVER,
    click,
    clicks_of,
    rows_in,
    total,
)
from tests.integration.clickhouse.worker import NUMBER
from waypost.adapters.clickhouse.client import Address
from waypost.adapters.clickhouse.store import ClickHouseClicks
from waypost.domain.analytics.enriched import DAY_MS, EnrichedClick
from waypost.domain.analytics.questions import Numbers, Totals
from waypost.domain.errors import BackendUnavailable, RangeTooLarge
from waypost.ports.analytics.rows import Freshness

LATER = (DAY + 20) * DAY_MS
KILLS = 5


async def identities(address: Address) -> tuple[object, ...]:
    """Return how many rows there are, and how many different clicks."""
    (found,) = await rows_in(
        address,
        "SELECT count(), uniqExact((journal, lane, sequence)) FROM click_events",
    )
    return found


async def added(store: ClickHouseClicks, clicks: Sequence[EnrichedClick]) -> None:
    """Add *clicks* until it works."""
    while True:
        try:
            await store.add(clicks)
        except BackendUnavailable:
            await asyncio.sleep(0.05)
        else:
            return


async def kept(store: ClickHouseClicks) -> None:
    """Seal all that is over, until it works."""
    while True:
        try:
            while await store.keep(now_ms=LATER):
                pass
        except BackendUnavailable:
            await asyncio.sleep(0.05)
        else:
            return


class Poller:
    """Reads the numbers again and again, and compares each with the last one."""

    def __init__(self, store: ClickHouseClicks) -> None:
        self._store = store
        self.offered = 0
        """How many clicks were given to the store at most."""
        self.last = Numbers(0, 0, 0)
        self.reads = 0

    async def poll(self) -> None:
        """Read until it is cancelled."""
        while True:
            try:
                answers = await self._store.ask(EVER, [Totals(), Totals()])
            except BackendUnavailable:
                await asyncio.sleep(0.02)
                continue
            now, again = answers.answers
            assert isinstance(now, Numbers)
            assert now == again
            assert self.last.people <= now.people <= self.offered
            self.last = now
            self.reads += 1


@asynccontextmanager
async def polled(address: Address, database_url: str) -> AsyncIterator[Poller]:
    """Poll beside the body."""
    async with clicks_in(address, database_url) as store:
        poller = Poller(store)
        task = asyncio.create_task(poller.poll())
        try:
            yield poller
        finally:
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task


def test_a_worker_that_is_killed_at_every_step(
    clickhouse_server: ClickHouseServer, database_file: Path
) -> None:
    """What it had recorded is sent by the next one, and what it had not is new."""
    clickhouse_server.query("CREATE DATABASE IF NOT EXISTS killed")
    address = Address(url=clickhouse_server.url, database="killed")
    database_url = f"sqlite:///{database_file}"

    async def opened() -> None:
        async with clicks_in(address, database_url):
            pass

    async def numbers() -> tuple[tuple[object, ...], Numbers]:
        async with clicks_in(address, database_url) as store:
            return await identities(address), await total(store)

    asyncio.run(opened())
    worker = [sys.executable, "-m", "tests.integration.clickhouse.worker"]
    done = subprocess.run(
        [*worker, clickhouse_server.url, "killed", database_url],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert int(done.stdout.splitlines()[-1]) > 10
    stored, answered = asyncio.run(numbers())
    assert stored == (2 * NUMBER, 2 * NUMBER)
    assert answered == Numbers(2 * NUMBER, 0, 2 * NUMBER)
    clickhouse_server.query("DROP DATABASE killed")


async def test_a_server_that_is_killed(
    clickhouse_server: ClickHouseServer, clickhouse: Address, database_url: str
) -> None:
    """No click is lost or doubled, and no reader sees a number fall."""
    chance = random.Random(7)

    async def kill_now_and_then() -> None:
        for _ in range(KILLS):
            await asyncio.sleep(chance.uniform(0.1, 1.5))
            await asyncio.to_thread(clickhouse_server.kill)
            await asyncio.to_thread(clickhouse_server.start)

    async with (
        clicks_in(clickhouse, database_url) as store,
        polled(clickhouse, database_url) as poller,
    ):
        killing = asyncio.create_task(kill_now_and_then())
        first = 1
        while not killing.done() or first < 500:
            # Cut differently each time it comes again, and into a day that is sealed.
            number = chance.randint(1, 300)
            poller.offered = max(poller.offered, first + number - 1)
            again = max(1, first - 50)
            await added(store, clicks_of(again, first + number - again))
            await kept(store)
            first += number
        await killing
        await added(store, clicks_of(1, first - 1))
        poller.offered = first + 1_000
        assert await total(store) == Numbers(first - 1, 0, first - 1)
    assert await identities(clickhouse) == (first - 1, first - 1)
    assert poller.reads > 0


async def test_a_server_that_hangs(
    clickhouse_server: ClickHouseServer, clickhouse: Address, database_url: str
) -> None:
    """A client does not wait for ever, and its block is stored once."""
    async with clicks_in(clickhouse, database_url, timeout_seconds=1) as store:
        await store.add(clicks_of(1, 10))
        clickhouse_server.freeze()
        with pytest.raises(BackendUnavailable):
            await store.add(clicks_of(11, 10))
        clickhouse_server.thaw()
        await added(store, clicks_of(5, 20))
    assert await identities(clickhouse) == (24, 24)


async def test_a_block_that_arrives_after_it_was_sent_again(
    clickhouse_server: ClickHouseServer, clickhouse: Address, database_url: str
) -> None:
    """What was not there when it was looked for is dropped by its token."""
    async with clicks_in(clickhouse, database_url, timeout_seconds=1) as store:
        await store.add(clicks_of(1, 10))
        clickhouse_server.hold("INSERT INTO")
        with pytest.raises(BackendUnavailable):
            await store.add(clicks_of(11, 10))
        await added(store, clicks_of(5, 20))
        before = await runs(clickhouse_server)
        clickhouse_server.release()
        while await runs(clickhouse_server) == before:  # noqa: ASYNC110  # the server sends no event
            await asyncio.sleep(0.02)
    assert await identities(clickhouse) == (24, 24)


async def runs(server: ClickHouseServer) -> int:
    """Return how many statements have run."""
    return await asyncio.to_thread(server.statements)


@pytest.mark.parametrize(
    "refusal",
    [
        (503, 0, "Service Unavailable"),
        (500, 252, "Code: 252. DB::Exception: Too many parts (TOO_MANY_PARTS)"),
    ],
)
async def test_a_server_that_refuses_blocks(
    clickhouse_server: ClickHouseServer,
    clickhouse: Address,
    database_file: Path,
    refusal: tuple[int, int, str],
) -> None:
    """One batch waits in the record; the others wait where they came from."""
    database_url = f"sqlite:///{database_file}"
    async with clicks_in(clickhouse, database_url) as store:
        await store.add(clicks_of(1, 10), freshness=[Freshness(source="a", as_of_ms=1)])
        before = await store.ask(EVER, [Totals()])
        clickhouse_server.refuse("INSERT INTO", *refusal)
        for first in (11, 21, 31):
            with pytest.raises(BackendUnavailable):
                await store.add(
                    clicks_of(first, 10),
                    freshness=[Freshness(source="a", as_of_ms=first)],
                )
        assert waiting(database_file) == 10
        # The record is ahead, and readers see nothing of it.
        assert await store.ask(EVER, [Totals()]) == before
        clickhouse_server.accept()
        assert await store.add(clicks_of(1, 40)) == 20
        assert await total(store) == Numbers(40, 0, 40)
        assert (await store.ask(EVER, [])).as_of_ms == 11
    assert await identities(clickhouse) == (40, 40)
    assert waiting(database_file) == 0


def waiting(database_file: Path) -> int:
    """Return how many clicks the record holds."""
    with sqlite3.connect(database_file) as connection:
        found = connection.execute("SELECT coalesce(sum(clicks), 0) FROM row_blocks")
        number: int = found.fetchone()[0]
        return number


async def test_a_block_whose_token_is_forgotten(
    clickhouse_server: ClickHouseServer, clickhouse: Address, database_file: Path
) -> None:
    """It is looked for before it is sent again."""
    database_url = f"sqlite:///{database_file}"
    async with clicks_in(clickhouse, database_url) as store:
        await store.add(clicks_of(1, 10))
        clickhouse_server.refuse("INSERT INTO", 503)
        with pytest.raises(BackendUnavailable):
            await store.add(clicks_of(11, 10))
        clickhouse_server.accept()
    unconfirmed = content(database_file)
    async with clicks_in(clickhouse, database_url) as store:
        await store.add([])
    # As if the worker had been killed after it was sent, and before it was confirmed.
    put_back(database_file, unconfirmed)
    await asyncio.to_thread(
        clickhouse_server.query,
        "ALTER TABLE click_events MODIFY SETTING non_replicated_deduplication_window=0",
        database=clickhouse.database,
    )
    async with clicks_in(clickhouse, database_url) as store:
        assert await store.add(clicks_of(1, 30)) == 10
        assert await total(store) == Numbers(30, 0, 30)
    assert await identities(clickhouse) == (30, 30)


def content(database_file: Path) -> Sequence[tuple[object, ...]]:
    """Return the blocks that wait."""
    with sqlite3.connect(database_file) as connection:
        return connection.execute("SELECT * FROM row_blocks").fetchall()


def put_back(database_file: Path, blocks: Sequence[tuple[object, ...]]) -> None:
    """Have *blocks* wait again."""
    with sqlite3.connect(database_file) as connection:
        connection.executemany(
            "INSERT INTO row_blocks VALUES (?, ?, ?, ?, ?, ?, ?)", blocks
        )


async def test_several_workers_add_the_same_clicks(
    clickhouse: Address, migrated_postgres_url: str
) -> None:
    """Each click is new for one of them."""
    async with (
        clicks_in(clickhouse, migrated_postgres_url) as one,
        clicks_in(clickhouse, migrated_postgres_url) as other,
    ):
        new = await asyncio.gather(
            *(
                store.add(clicks_of(first, 60))
                for first in range(1, 200, 40)
                for store in (one, other)
            )
        )
        assert sum(new) == 220
        assert await total(one) == await total(other) == Numbers(220, 0, 220)
    assert await identities(clickhouse) == (220, 220)


async def test_freshness_waits_for_the_blocks_before_it(
    clickhouse_server: ClickHouseServer, clickhouse: Address, database_url: str
) -> None:
    """A moment counts when every click up to it can be read."""
    async with clicks_in(clickhouse, database_url) as store:
        clickhouse_server.refuse("INSERT INTO", 503)
        with pytest.raises(BackendUnavailable):
            await store.add([click(1)], freshness=[Freshness(source="a", as_of_ms=5)])
        assert (await store.ask(EVER, [])).as_of_ms is None
        clickhouse_server.accept()
        await store.add([])
        assert (await store.ask(EVER, [])).as_of_ms == 5
        await store.add([], freshness=[Freshness(source="b", as_of_ms=3)])
        assert (await store.ask(EVER, [])).as_of_ms == 3


async def test_a_question_that_reads_too_much(
    clickhouse: Address, database_url: str
) -> None:
    """The bound refuses it, and not the store."""
    async with clicks_in(clickhouse, database_url) as store:
        await store.add(clicks_of(1, 100))
    async with clicks_in(clickhouse, database_url, max_rows_to_read=10) as store:
        with pytest.raises(RangeTooLarge):
            await total(store)
