"""The most clicked links are in the shared cache before a visitor needs them."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest
import redis
from cluster.servers.redis import RedisServer

from tests.redis_nodes import redis_node, until
from waypost.adapters.memory.storage import MemoryStorage
from waypost.adapters.redis.cache import RedisSharedCache
from waypost.adapters.redis.client import RedisNode
from waypost.adapters.redis.hot import ClickBuffers, HotSet, RedisHotLinks
from waypost.adapters.redis.leader import RedisLeadership
from waypost.domain.errors import BackendUnavailable
from waypost.domain.links import Link
from waypost.services.links.warm import WarmContext, Warmed, WarmLoop, warm
from waypost.telemetry.metrics import Metrics

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def link(number: int, *, version: int = 1) -> Link:
    """Return a link that contains its version."""
    return Link(
        id=number,
        code=f"code{number}",
        target=f"https://example.com/{number}/{version}",
        created_at=NOON,
        updated_at=NOON,
        version=version,
    )


@dataclass(kw_only=True)
class World:
    """A store, a Redis, and what a warmer does with them."""

    url: str
    node: RedisNode
    storage: MemoryStorage
    hot: RedisHotLinks
    shared: RedisSharedCache

    async def add(self, *links: Link, clicks: dict[int, int] | None = None) -> None:
        """Store links, and count clicks."""
        async with self.storage.transaction() as transaction:
            await transaction.links.add(links)
            await transaction.clicks.add(clicks=clicks or {}, counted={}, positions={})

    async def warm(
        self, *, limit: int = 100, hot_before: tuple[str, ...] = ()
    ) -> Warmed:
        """Warm once."""
        return await warm(
            limit=limit, hot_before=hot_before, context=self.context(Metrics())
        )

    def context(self, metrics: Metrics) -> WarmContext:
        """Return what warming works with."""
        return WarmContext(
            hot=self.hot,
            links=self.storage.links,
            shared=self.shared,
            metrics=metrics,
        )

    def loop(
        self, *, metrics: Metrics, seconds: float = 0.6, interval: float = 60
    ) -> WarmLoop:
        """Return a warmer's loop."""
        return WarmLoop(
            leadership=RedisLeadership(self.node, key="l", lifetime_seconds=seconds),
            context=self.context(metrics),
            interval=interval,
            limit=100,
        )

    async def warmed(self) -> list[int]:
        """Return the numbers of the links in the shared cache."""
        found = [await self.shared.get(f"code{number}") for number in range(1, 20)]
        return [each.id for each in found if isinstance(each, Link)]


@pytest.fixture
async def world(redis_url: str) -> AsyncIterator[World]:
    """An empty store and an empty Redis."""
    async with redis_node(redis_url) as node:
        yield world_over(redis_url, node)


def world_over(url: str, node: RedisNode) -> World:
    """Return an empty store beside a Redis."""
    return World(
        url=url,
        node=node,
        storage=MemoryStorage(),
        hot=RedisHotLinks(
            node,
            buffers=ClickBuffers(prefix="click_buffer:", seconds=300),
            hot_set=HotSet(key="hot_urls", seconds=86_400, top=100),
        ),
        shared=RedisSharedCache(
            primary=node, replica=node, link_seconds=3_600, absent_seconds=5
        ),
    )


async def test_hottest_are_warmed(world: World) -> None:
    """The codes of the hot set are put, as many as are asked for."""
    await world.add(*(link(number) for number in range(1, 8)), clicks={7: 1_000})
    await world.hot.add({f"code{number}": number for number in (1, 2, 3, 4)})
    done = await world.warm(limit=3)

    assert done == Warmed(["code4", "code3", "code2"], 3)
    assert await world.warmed() == [2, 3, 4]


async def test_empty_hot_set_asks_the_store(world: World) -> None:
    """Where nothing is hot, the links with most clicks at all are put."""
    await world.add(
        *(link(number) for number in range(1, 6)), clicks={1: 2, 3: 9, 4: 5}
    )
    assert await world.warm(limit=2) == Warmed([], 2)
    assert await world.warmed() == [3, 4]


async def test_lost_hot_set_is_remembered(world: World) -> None:
    """When Redis has lost its memory, what was hot before is put again."""
    await world.add(*(link(number) for number in range(1, 9)), clicks={8: 1_000})
    await world.hot.add({"code7": 1})
    before = tuple(f"code{number}" for number in range(1, 6))
    done = await world.warm(hot_before=before)

    assert done == Warmed(["code7"], 6)
    assert await world.warmed() == [1, 2, 3, 4, 5, 7]


async def test_hot_set_that_cools_is_no_loss(world: World) -> None:
    """Codes that leave the hot set one by one are not put again."""
    await world.add(*(link(number) for number in range(1, 5)))
    await world.hot.add({"code1": 1, "code2": 1})
    await world.warm(hot_before=("code2", "code3", "code4"))
    assert await world.warmed() == [1, 2]


async def test_what_is_no_link_is_left_out(world: World) -> None:
    """Codes that are gone, and values that are not codes, do no harm."""
    await world.add(link(1))
    with redis.Redis.from_url(world.url) as client:
        client.zadd(
            "hot_urls", {"gone123": 9, "no code": 8, "\0": 7, "": 6, "code1": 5}
        )
        client.zadd("hot_urls", {b"\xff\xfe": 9})
    done = await world.warm()

    assert done.links == 1
    assert await world.warmed() == [1]


async def test_newer_version_stays(world: World) -> None:
    """A round that read a link before it was changed does not bring that back."""
    await world.add(link(1))
    await world.hot.add({"code1": 1})
    await world.shared.put([link(1, version=2)])
    await world.warm()
    assert await world.shared.get("code1") == link(1, version=2)


async def test_one_warms_and_the_other_takes_over(world: World) -> None:
    """Of two warmers one works; when it stops, the other does at once."""
    await world.add(link(1))
    await world.hot.add({"code1": 1})
    metrics = [Metrics(), Metrics()]
    tasks = [asyncio.create_task(world.loop(metrics=each).run()) for each in metrics]
    try:
        await until(lambda: rounds_are(metrics, 1))
        leading = [value(each, "waypost_warm_leader") for each in metrics]
        assert sorted(leading) == [0, 1]
        await stop(tasks[leading.index(1)])
        await until(lambda: rounds_are(metrics, 2))
        assert [value(each, "waypost_warm_leader") for each in metrics] == [
            1 - was for was in leading
        ]
    finally:
        for task in tasks:
            await stop(task)


async def test_heat_fades_where_a_warmer_leads(world: World) -> None:
    """The leader halves the scores, and not again with each of its rounds."""
    await world.hot.add({"code1": 100, "code2": 1})
    metrics = Metrics()
    task = asyncio.create_task(world.loop(metrics=metrics, interval=0.01).run())
    try:
        await until(lambda: rounds_are([metrics], 3))
    finally:
        await stop(task)
    with redis.Redis.from_url(world.url) as client:
        assert client.zscore("hot_urls", "code1") == 50
        assert client.zscore("hot_urls", "code2") == 0.5


@pytest.mark.slow
async def test_warming_survives_an_outage(redis_server: RedisServer) -> None:
    """After Redis was away, and lost everything, the links are back by themselves."""
    metrics = Metrics()
    async with redis_node(redis_server.url, timeout_seconds=0.2) as node:
        world = world_over(redis_server.url, node)
        await world.add(link(1))
        await world.hot.add({"code1": 1})
        task = asyncio.create_task(world.loop(metrics=metrics, interval=0.05).run())
        try:
            await until(lambda: rounds_are([metrics], 1))
            redis_server.kill()
            await until(lambda: is_value(metrics, "waypost_warm_leader", 0))
            redis_server.start()
            await until(lambda: is_warmed(world, [1]))
        finally:
            await stop(task)


async def test_failing_round_is_counted_and_tried_again(world: World) -> None:
    """A store that is away ends nothing but the round."""
    await world.add(link(1), clicks={1: 1})
    metrics = Metrics()
    loop = world.loop(metrics=metrics, interval=0.01)
    context = loop._context
    away = replace(context, links=Away())  # type: ignore[arg-type]  # only this is asked of it
    loop._context = away
    task = asyncio.create_task(loop.run())
    try:
        await until(lambda: is_value(metrics, "waypost_warm_failures_total", 2))
        loop._context = context
        await until(lambda: is_warmed(world, [1]))
        assert value(metrics, "waypost_warm_links_total") >= 1
    finally:
        await stop(task)


class Away:
    """A store that does not answer."""

    async def most_clicked(self, *, limit: int) -> list[Link]:
        """Fail."""
        raise BackendUnavailable


def value(metrics: Metrics, name: str) -> float:
    """Return what a metric shows."""
    return metrics.registry.get_sample_value(name) or 0.0


async def is_value(metrics: Metrics, name: str, expected: float) -> bool:
    """Return whether a metric has come to what is expected."""
    shown = value(metrics, name)
    return shown == expected if expected == 0 else shown >= expected


async def rounds_are(metrics: list[Metrics], expected: int) -> bool:
    """Return whether so many rounds have been warmed together."""
    name = "waypost_warm_round_seconds_count"
    return sum(value(each, name) for each in metrics) >= expected


async def is_warmed(world: World, expected: list[int]) -> bool:
    """Return whether these links are in the shared cache."""
    try:
        return await world.warmed() == expected
    except BackendUnavailable:
        return False


async def stop(task: asyncio.Task[None]) -> None:
    """Stop a warmer as its process does."""
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
