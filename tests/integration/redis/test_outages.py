"""A Redis that is killed, restarted or frozen delays no caller, and is found again.

No call may hang: each test bounds the time of all its calls together, by far less than
they would take if every one waited for its time-out.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from datetime import UTC, datetime

import pytest
from cluster.servers.redis import RedisServer

from tests.contract.clicks.test_click_bus import clicks_on, gathered, read_clicks
from tests.redis_nodes import answered, redis_node, succeeded, until
from tests.servers import FreshRedis
from waypost.adapters.redis.breaker import CircuitBreaker
from waypost.adapters.redis.cache import RedisSharedCache
from waypost.adapters.redis.client import RedisNode
from waypost.adapters.redis.hot import ClickBuffers, HotSet, RedisHotLinks
from waypost.adapters.redis.invalidations import RedisInvalidations
from waypost.adapters.redis.stream import RedisStreamPublisher
from waypost.adapters.redis.subscription import RedisStreamSubscription
from waypost.domain.errors import BackendUnavailable
from waypost.domain.events import Invalidation
from waypost.domain.links import Link
from waypost.ports.bus import BusBatch, Undecodable

NOW = datetime(2025, 1, 1, tzinfo=UTC)
LINK = Link(
    id=7, code="abc", target="https://example.com/", created_at=NOW, updated_at=NOW
)
TIMEOUT = 0.5
CALLS = 100
NUMBER_OF_CALLS = 12

Outage = Callable[[RedisServer], None]
Call = Callable[[], Awaitable[object]]


def cache_of(primary: RedisNode, replica: RedisNode | None = None) -> RedisSharedCache:
    """Return a shared cache over these servers."""
    return RedisSharedCache(
        primary=primary,
        replica=replica or primary,
        link_seconds=3_600,
        absent_seconds=5,
    )


def stream_of(node: RedisNode) -> RedisStreamPublisher:
    """Return a publisher to a stream there."""
    return RedisStreamPublisher(
        node, key="fallback", max_entries=10_000, require_disk=False
    )


def reader_of(node: RedisNode) -> RedisStreamSubscription:
    """Return a reader of the stream there."""
    return RedisStreamSubscription(
        node, key="fallback", group="ingest", consumer="reader", claim_seconds=0.2
    )


def every_call(node: RedisNode) -> list[Call]:
    """Return every call to Redis that the adapters make."""
    cache = cache_of(node)
    hot = RedisHotLinks(
        node,
        buffers=ClickBuffers(prefix="click_buffer:", seconds=300),
        hot_set=HotSet(key="hot_urls", seconds=86_400, top=10),
    )
    subscription = reader_of(node)
    return [
        node.ping,
        lambda: cache.get("abc"),
        lambda: cache.put([LINK]),
        lambda: cache.put_absent("abc"),
        lambda: RedisInvalidations(node).publish([Invalidation("abc", 2)]),
        lambda: hot.add({"abc": 1}),
        lambda: hot.settle({"abc": 1}),
        lambda: hot.pending("abc"),
        lambda: hot.hottest(limit=3),
        lambda: hot.fade(every_seconds=600),
        lambda: stream_of(node).publish(clicks_on("abc", 1)),
        lambda: subscription.read(limit=3, within=0.05),
        lambda: subscription.done(BusBatch([], [], [b"1-1"], _no_original)),
    ]


def _no_original(_: int) -> Undecodable:
    raise IndexError


@pytest.fixture(params=["killed", "stopped", "frozen"])
def outage(request: pytest.FixtureRequest) -> Outage:
    """Every way to be away."""
    ways: dict[str, Outage] = {
        "killed": RedisServer.kill,
        "stopped": RedisServer.stop,
        "frozen": RedisServer.freeze,
    }
    return ways[request.param]


def bring_back(server: RedisServer) -> None:
    """End the outage of *server*, of any kind."""
    server.thaw()
    server.start()


@pytest.fixture
async def node(redis_server: RedisServer) -> AsyncIterator[RedisNode]:
    """A connected server, with the product's own timeouts."""
    async with redis_node(redis_server.url, timeout_seconds=TIMEOUT) as node:
        await answered(node)
        yield node


@pytest.mark.slow
async def test_calls_fail_in_time(redis_server: RedisServer, outage: Outage) -> None:
    """Every call ends with the same refusal, and works again afterwards."""
    async with AsyncExitStack() as stack:
        nodes: list[RedisNode] = []
        calls: list[Call] = []
        # A server object for each call, so that none profits of another's breaker.
        for number in range(NUMBER_OF_CALLS):
            opened = redis_node(redis_server.url, timeout_seconds=TIMEOUT)
            nodes.append(await stack.enter_async_context(opened))
            await answered(nodes[-1])
            calls.append(every_call(nodes[-1])[number])
            await succeeded(calls[-1])
        outage(redis_server)
        async with asyncio.timeout(40):
            await asyncio.gather(*map(_fails_always, calls))
        assert all(node.is_away for node in nodes)
        bring_back(redis_server)
        for node, call in zip(nodes, calls, strict=True):
            await succeeded(call)
            assert not node.is_away


async def _fails_always(call: Call) -> None:
    for _ in range(CALLS):
        with pytest.raises(BackendUnavailable):
            await call()


@pytest.mark.slow
async def test_no_caller_waits_while_it_is_open(
    node: RedisNode, redis_server: RedisServer
) -> None:
    """Once a frozen server is known to be, a thousand callers are answered at once."""
    redis_server.freeze()
    while not node.is_away:
        with pytest.raises(BackendUnavailable):
            await node.ping()
    async with asyncio.timeout(40):
        for _ in range(1_000):
            with pytest.raises(BackendUnavailable):
                await node.ping()


@pytest.mark.slow
async def test_callers_at_the_same_time(
    node: RedisNode, redis_server: RedisServer
) -> None:
    """More callers than connections all come back while the server is frozen."""
    redis_server.freeze()
    async with asyncio.timeout(40):
        outcomes = await asyncio.gather(
            *(node.ping() for _ in range(300)), return_exceptions=True
        )
    assert {type(outcome) for outcome in outcomes} == {BackendUnavailable}
    redis_server.thaw()
    await answered(node)
    await succeeded(lambda: asyncio.gather(*(node.ping() for _ in range(300))))


async def test_one_time_out_for_the_whole_call(redis_server: RedisServer) -> None:
    """A call of many steps, each in time, ends all the same when its time is over."""
    async with redis_node(redis_server.url, timeout_seconds=TIMEOUT) as node:

        async def dawdle(_: object) -> None:
            for _ in range(1_000):
                await node.client.ping()
                await asyncio.sleep(0.1)

        async with asyncio.timeout(60):
            with pytest.raises(BackendUnavailable):
                await node.call(dawdle)
        await answered(node)


@pytest.mark.slow
async def test_connections_survive_callers_that_leave(
    redis_server: RedisServer,
) -> None:
    """Visitors who go away in the middle of a call leave no connection behind."""
    async with redis_node(redis_server.url) as node:
        for round_number in range(60):
            calls = [asyncio.ensure_future(node.value(f"key{n}")) for n in range(50)]
            for _ in range(round_number % 12):
                await asyncio.sleep(0)
            for call in calls[::2]:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)
        await node.client.set("mine", b"yes")
        values = await asyncio.gather(*(node.value("mine") for _ in range(100)))
        assert set(values) == {b"yes"}


async def test_refusal_is_no_absence(node: RedisNode) -> None:
    """A server that answers with an error is available; it is still called."""
    await node.client.rpush("list", "x")
    for _ in range(10):
        with pytest.raises(BackendUnavailable):
            await node.value("list")
    assert not node.is_away


async def test_wrong_password_is_unavailable(fresh_redis: FreshRedis) -> None:
    """A server that does not let us in counts as away."""
    server = fresh_redis()
    async with redis_node(server.url) as own:
        await own.client.config_set("requirepass", "right")
    async with redis_node(server.url.replace("//", "//:wrong@")) as node:
        for _ in range(3):
            with pytest.raises(BackendUnavailable):
                await node.ping()
        assert node.is_away
    async with redis_node(server.url.replace("//", "//:right@")) as node:
        await node.ping()


async def test_no_server() -> None:
    """A server that never was is unavailable, not an error of ours."""
    async with redis_node("redis://127.0.0.1:1/0") as node:
        with pytest.raises(BackendUnavailable):
            await node.ping()


async def test_probe_that_leaves(redis_server: RedisServer) -> None:
    """A caller who gives up during the probe does not keep the breaker open."""
    breaker = CircuitBreaker(failures=1, open_seconds=0.0)
    node = RedisNode.open(redis_server.url, timeout_seconds=TIMEOUT)
    node._breaker = breaker
    redis_server.freeze()
    with pytest.raises(BackendUnavailable):
        await node.ping()
    probe = asyncio.ensure_future(node.ping())
    await asyncio.sleep(0)
    probe.cancel()
    with pytest.raises(asyncio.CancelledError):
        await probe
    redis_server.thaw()
    await answered(node)
    await node.aclose()


@pytest.mark.slow
async def test_replica_away_primary_answers(
    redis_server: RedisServer, fresh_redis: FreshRedis, outage: Outage
) -> None:
    """Look-ups go to the replica, and to the primary while that is away."""
    follower = fresh_redis(replica_of=redis_server.port)
    async with (
        redis_node(redis_server.url) as primary,
        redis_node(follower.url, timeout_seconds=TIMEOUT) as replica,
    ):
        await answered(primary)
        cache = cache_of(primary, replica)
        await cache.put([LINK])
        await until(lambda: _remembers(cache))
        reads = await _reads(primary)
        assert await cache.get("abc") == LINK
        assert await _reads(primary) == reads
        outage(follower)
        async with asyncio.timeout(40):
            for _ in range(CALLS):
                assert await cache.get("abc") == LINK
        assert replica.is_away
        bring_back(follower)


@pytest.mark.slow
async def test_primary_away_replica_answers(
    redis_server: RedisServer, fresh_redis: FreshRedis, outage: Outage
) -> None:
    """What is remembered is still found; only new things cannot be remembered."""
    follower = fresh_redis(replica_of=redis_server.port)
    async with (
        redis_node(redis_server.url, timeout_seconds=TIMEOUT) as primary,
        redis_node(follower.url) as replica,
    ):
        await answered(primary)
        cache = cache_of(primary, replica)
        await cache.put([LINK])
        await until(lambda: _remembers(cache))
        outage(redis_server)
        async with asyncio.timeout(40):
            for _ in range(CALLS):
                assert await cache.get("abc") == LINK
                with pytest.raises(BackendUnavailable):
                    await cache.put([LINK])


@pytest.mark.slow
async def test_lock_is_everybodys_while_redis_is_away(
    node: RedisNode, redis_server: RedisServer, outage: Outage
) -> None:
    """Without Redis each process looks up by itself, also if it goes in between."""
    cache = cache_of(node)
    async with cache.lock("abc") as mine:
        assert mine
        outage(redis_server)
    async with asyncio.timeout(40):
        for _ in range(CALLS):
            async with cache.lock("abc") as mine:
                assert mine


@pytest.mark.slow
async def test_listener_comes_back(
    node: RedisNode, redis_server: RedisServer, outage: Outage
) -> None:
    """It gets a notice that it may have missed something, and then what follows."""
    invalidations = RedisInvalidations(node)
    async with aclosing(invalidations.listen()) as messages:
        assert await anext(messages) is None
        following = asyncio.ensure_future(anext(messages))
        outage(redis_server)
        # Long enough for the silence to be noticed, and nothing is reported yet.
        done, _ = await asyncio.wait([following], timeout=1.5)
        assert not done
        await asyncio.to_thread(bring_back, redis_server)
        assert await following is None
        await succeeded(lambda: invalidations.publish([Invalidation("abc", 2)]))
        assert await anext(messages) == Invalidation("abc", 2)


@pytest.mark.slow
async def test_listener_that_begins_without_redis(
    node: RedisNode, redis_server: RedisServer
) -> None:
    """A process that starts before Redis receives changes once it is there."""
    redis_server.kill()
    invalidations = RedisInvalidations(node)
    async with aclosing(invalidations.listen()) as messages:
        following = asyncio.ensure_future(anext(messages))
        done, _ = await asyncio.wait([following], timeout=0.3)
        assert not done
        await asyncio.to_thread(redis_server.start)
        assert await following is None


@pytest.mark.slow
async def test_stream_outlives_a_frozen_server(
    node: RedisNode, redis_server: RedisServer
) -> None:
    """Clicks that were read when it froze come again after it thawed."""
    reader = reader_of(node)
    await stream_of(node).publish(clicks_on("abc", 20))
    (batch,) = await read_clicks(reader, 20)
    redis_server.freeze()
    with pytest.raises(BackendUnavailable):
        await reader.done(batch)
    redis_server.thaw()
    more = clicks_on("abc", 5, first=21)
    await succeeded(lambda: stream_of(node).publish(more))
    sequences: set[int] = set()
    while not sequences >= {21, 22, 23, 24, 25}:
        again = await reader.read(limit=100, within=0.1)
        sequences |= {click.sequence for click in gathered([again])}
        await reader.done(again)
    assert sequences <= set(range(1, 26))


async def _remembers(cache: RedisSharedCache) -> bool:
    """Return whether the replica has the link by now."""
    return await cache.get("abc") is not None


async def _reads(node: RedisNode) -> int:
    """Return how many GETs the server has carried out."""
    stats = await node.client.info("commandstats")
    return int(stats.get("cmdstat_get", {}).get("calls", 0))
