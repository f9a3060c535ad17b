"""The stream of clicks refuses what it could lose, and outlives its own loss."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import cast

import pytest
from structlog.testing import capture_logs

from tests.contract.clicks.test_click_bus import (
    clicks_on,
    gathered,
    identities,
    read_clicks,
)
from tests.redis_nodes import answered, redis_node
from tests.servers import FreshRedis
from tests.unit.journal.samples import open_journal, write_clicks
from tests.unit.services.clicks.publishers import BreakablePublisher
from waypost.adapters.journal.files.readers import ReaderFile
from waypost.adapters.journal.reading.follower import JournalFollower
from waypost.adapters.redis import subscription
from waypost.adapters.redis.client import RedisNode
from waypost.adapters.redis.stream import RedisStreamPublisher
from waypost.adapters.redis.subscription import RedisStreamSubscription
from waypost.domain.errors import BackendUnavailable
from waypost.ports.journal import BUS
from waypost.services.clicks.failover import Failover, Route
from waypost.services.clicks.forward import ForwardContext, Forwarded, ForwardLoop
from waypost.telemetry.metrics import Metrics

KEY = "fallback"


@pytest.fixture
async def node(redis_url: str) -> AsyncIterator[RedisNode]:
    """A Redis server, empty."""
    async with redis_node(redis_url) as node:
        yield node


def publisher(
    node: RedisNode, *, max_entries: int = 1_000, require_disk: bool = False
) -> RedisStreamPublisher:
    """Return a publisher to the stream."""
    return RedisStreamPublisher(
        node, key=KEY, max_entries=max_entries, require_disk=require_disk
    )


def reader(node: RedisNode, name: str = "reader") -> RedisStreamSubscription:
    """Return a reader of the stream that claims nothing within a test."""
    return RedisStreamSubscription(
        node, key=KEY, group="ingest", consumer=name, claim_seconds=3_600
    )


async def entries_left(node: RedisNode) -> tuple[int, int]:
    """Return how many entries the stream holds, and how many are read and not done."""
    pending = await node.client.xpending(KEY, "ingest")
    return int(await node.client.xlen(KEY)), int(pending["pending"])


async def test_done_leaves_nothing(node: RedisNode) -> None:
    """What is counted takes no memory any more."""
    await publisher(node).publish(clicks_on("abc", 30))
    own = reader(node)
    for batch in await read_clicks(own, 30, limit=7):
        await own.done(batch)
    assert await entries_left(node) == (0, 0)


async def test_memory_is_bounded(node: RedisNode) -> None:
    """A full stream refuses: clicks stay in the journal, none is pushed out."""
    small = publisher(node, max_entries=50)
    await small.publish(clicks_on("abc", 40))
    with pytest.raises(BackendUnavailable):
        await small.publish(clicks_on("abc", 11, first=41))
    assert await node.client.xlen(KEY) == 40
    assert not node.is_away
    await small.publish(clicks_on("abc", 10, first=41))
    own = reader(node)
    for batch in await read_clicks(own, 50):
        await own.done(batch)
    await small.publish(clicks_on("abc", 50, first=51))


async def test_server_that_forgets_is_refused(node: RedisNode) -> None:
    """Only a Redis that writes before it answers may hold the only copy of a click."""
    careful = publisher(node, require_disk=True)
    for appendonly, appendfsync in [("no", "always"), ("yes", "everysec")]:
        await node.client.config_set("appendfsync", appendfsync)
        await node.client.config_set("appendonly", appendonly)
        with pytest.raises(BackendUnavailable):
            await careful.publish(clicks_on("abc", 1))
    await node.client.config_set("appendonly", "no")
    assert await node.client.xlen(KEY) == 0


@pytest.mark.parametrize("policy", ["allkeys-lru", "allkeys-random"])
async def test_server_that_evicts_is_refused(
    fresh_redis: FreshRedis, policy: str
) -> None:
    """Neither at first nor later, when the policy of a running one is changed."""
    server = fresh_redis(persistent=True)
    async with redis_node(server.url) as lasting:
        careful = publisher(lasting, require_disk=True)
        await careful.publish(clicks_on("abc", 3))
        await lasting.client.config_set("maxmemory-policy", policy)
        with capture_logs() as logs:
            for _ in range(3):
                with pytest.raises(BackendUnavailable):
                    await careful.publish(clicks_on("abc", 1, first=4))
        assert [(line["event"], line["faults"]) for line in logs] == [
            ("click_stream.refused", ["evicts"])
        ]
        assert await lasting.client.xlen(KEY) == 3
        await lasting.client.config_set("maxmemory-policy", "volatile-lru")
        await careful.publish(clicks_on("abc", 1, first=4))
        assert await lasting.client.xlen(KEY) == 4


async def test_nothing_is_lost_to_an_evicting_server(
    fresh_redis: FreshRedis, tmp_path: Path
) -> None:
    """While Kafka is away, clicks stay in the journal if a full Redis evicts keys."""
    server = fresh_redis(persistent=True)
    kafka = BreakablePublisher()
    kafka.is_away = True
    reports: list[Forwarded] = []
    with open_journal(tmp_path) as journal:
        async with redis_node(server.url) as lasting:
            await lasting.client.config_set("maxmemory", "3mb")
            await lasting.client.config_set("maxmemory-policy", "allkeys-lru")
            feed = JournalFollower(tmp_path, metrics=Metrics())
            loop = ForwardLoop(
                ForwardContext(
                    feed=feed,
                    positions=ReaderFile(tmp_path, BUS),
                    routes=Failover(
                        Route("kafka", kafka),
                        fallback=Route("redis", publisher(lasting, require_disk=True)),
                        retry_seconds=0.01,
                    ),
                    hot=None,
                ),
                report=reports.append,
                interval=0.01,
                limit=1_000,
            )
            running = asyncio.create_task(loop.run())
            for first in range(1, 8_001, 1_000):
                write_clicks(journal, range(first, first + 1_000))
                await lasting.client.set(f"other:{first}", b"x" * 500_000)
            while not any(one.failed for one in reports):  # noqa: ASYNC110  # a list
                await asyncio.sleep(0.01)
            kafka.is_away = False
            while reports[-1].position != journal.position:  # noqa: ASYNC110  # a list
                await asyncio.sleep(0.01)
            loop.stop()
            await running
            assert await lasting.client.xlen(KEY) == 0
    assert kafka.links == [*range(1, 8_001)]


async def test_clicks_outlive_a_killed_server(fresh_redis: FreshRedis) -> None:
    """Every click that was published is there after a kill at any moment."""
    server = fresh_redis(persistent=True)
    async with redis_node(server.url) as lasting:
        careful = publisher(lasting, max_entries=10_000, require_disk=True)
        for burst in range(3):
            clicks = clicks_on("abc", 600, first=1 + 600 * burst)
            await careful.publish(clicks)
            server.kill()
            server.start()
            await answered(lasting)
        batches = await read_clicks(reader(lasting), 1_800, limit=1_800)
        assert identities(gathered(batches)) == identities(clicks_on("abc", 1_800))


async def test_group_is_made_again(node: RedisNode) -> None:
    """A Redis that lost its memory is read on as if it were new."""
    own = reader(node)
    await publisher(node).publish(clicks_on("abc", 3))
    (batch,) = await read_clicks(own, 3)
    await node.client.flushall()
    await own.done(batch)
    await publisher(node).publish(clicks_on("abc", 3, first=4))
    clicks = gathered(await read_clicks(own, 3))
    assert [click.sequence for click in clicks] == [4, 5, 6]


async def test_two_readers_make_the_group(node: RedisNode) -> None:
    """The second reader finds the group and joins it."""
    one, two = reader(node, "one"), reader(node, "two")
    await publisher(node).publish(clicks_on("abc", 4))
    first = await one.read(limit=2, within=0.1)
    second = await two.read(limit=2, within=0.1)
    clicks = [*first.clicks, *second.clicks]
    assert [click.sequence for click in clicks] == [1, 2, 3, 4]


async def test_entry_without_a_click(node: RedisNode) -> None:
    """An entry of other fields is handed over with all that it has."""
    await node.client.xadd(KEY, {b"colour": b"red", b"size": b"7"})
    own = reader(node)
    batch = await own.read(limit=10, within=0.1)
    (undecodable,) = batch.undecodable
    assert undecodable.content == b"colour=red\nsize=7"
    await own.done(batch)
    assert await entries_left(node) == (0, 0)


async def test_deleted_entry_is_not_claimed(node: RedisNode) -> None:
    """What was taken out of the stream by hand does not come again."""
    await publisher(node).publish(clicks_on("abc", 3))
    batch = await reader(node, "gone").read(limit=10, within=0.1)
    ids = cast(Sequence[bytes], batch.receipt)
    await node.client.xdel(KEY, ids[1])
    heir = RedisStreamSubscription(
        node, key=KEY, group="ingest", consumer="heir", claim_seconds=0.01
    )
    clicks = gathered(await read_clicks(heir, 2))
    assert {click.sequence for click in clicks} == {1, 3}


async def test_dead_readers_are_forgotten(
    node: RedisNode, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Names of readers that are gone do not pile up, unless they still hold clicks."""
    await publisher(node).publish(clicks_on("abc", 2))
    await reader(node, "holder").read(limit=1, within=0.1)
    idle = reader(node, "idle")
    await idle.done(await idle.read(limit=1, within=0.1))
    assert await names(node) == {b"holder", b"idle"}
    monkeypatch.setattr(subscription, "_FORGET_SECONDS", 0)
    own = reader(node, "own")
    while b"idle" in await names(node):
        own._claims_at = 0  # now
        await own.read(limit=1, within=0)
    assert b"holder" in await names(node)


async def names(node: RedisNode) -> set[bytes]:
    """Return the names of the group's members."""
    return {
        member["name"] for member in await node.client.xinfo_consumers(KEY, "ingest")
    }
