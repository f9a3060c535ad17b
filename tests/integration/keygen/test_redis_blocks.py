"""Redis loses its memory in every way it can, and hands out no id twice."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from itertools import pairwise

import pytest
import redis
from cluster.servers.redis import RedisServer

from tests.fakes import SettableClock
from tests.redis_nodes import redis_node
from tests.servers import FreshRedis
from waypost.adapters.memory.blocks import MemoryBlocks
from waypost.adapters.redis import blocks
from waypost.adapters.redis.blocks import RedisBlocks, RedisStripe
from waypost.domain.codes import IdBlock
from waypost.domain.errors import BackendUnavailable
from waypost.telemetry.metrics import Metrics

KEY = "id_allocator:url"
STRIPE = 1000


class Stripes(MemoryBlocks):
    """The database's counter: notes each lease, and may be away."""

    def __init__(self) -> None:
        super().__init__()
        self.leases = 0
        self.available = True
        self.meanwhile: Callable[[], object] = lambda: None

    async def lease(self, size: int) -> IdBlock:
        """Return the next ids."""
        if not self.available:
            raise BackendUnavailable
        self.leases += 1
        self.meanwhile()
        # Others get a turn, as with a real database.
        await asyncio.sleep(0)
        return await super().lease(size)


class Ledger:
    """Leases from nodes, and remembers every block."""

    def __init__(self) -> None:
        self.stripes = Stripes()
        self.clock = SettableClock()
        self.metrics = Metrics()
        self.blocks: list[IdBlock] = []

    @asynccontextmanager
    async def node(self, server: RedisServer) -> AsyncIterator[RedisBlocks]:
        """Open *server* as a process of its own would."""
        async with redis_node(server.url, timeout_seconds=5.0) as node:
            yield RedisBlocks(
                node,
                key=KEY,
                stripes=self.stripes,
                metrics=self.metrics,
                monotonic=self.clock.monotonic,
            )

    async def lease(self, blocks: RedisBlocks, size: int = 10) -> IdBlock:
        """Lease a block, and check that none of its ids was leased before."""
        block = await blocks.lease(size)
        assert len(block) == size
        self.blocks.append(block)
        self.check()
        return block

    async def lease_from(self, server: RedisServer, size: int = 10) -> IdBlock:
        """Lease a block by a process that has just started."""
        async with self.node(server) as blocks:
            return await self.lease(blocks, size)

    def check(self) -> None:
        """Fail if two blocks overlap."""
        ordered = sorted(self.blocks, key=lambda block: block.start)
        assert all(one.end < next_.start for one, next_ in pairwise(ordered))


@pytest.fixture
def ledger(monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """Nothing leased yet; stripes are small."""
    monkeypatch.setattr(blocks, "STRIPE_SIZE", STRIPE)
    return Ledger()


def client_of(server: RedisServer) -> "redis.Redis":
    """Return a client with which a test changes what it likes."""
    return redis.Redis.from_url(server.url)


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a state that has no event."""
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - another process's state
            await asyncio.sleep(0.02)


async def test_a_stripe_serves_many(ledger: Ledger, redis_server: RedisServer) -> None:
    """The database is asked once per stripe, not once per block."""
    async with ledger.node(redis_server) as blocks:
        starts = [(await ledger.lease(blocks)).start for _ in range(100)]
        assert starts == list(range(1, 1001, 10))
        assert ledger.stripes.leases == 1
        assert (await ledger.lease(blocks)).start == 1001
        assert ledger.stripes.leases == 2


async def test_processes_share_a_stripe(
    ledger: Ledger, redis_server: RedisServer
) -> None:
    """A process that starts goes on where the others are."""
    starts = [(await ledger.lease_from(redis_server)).start for _ in range(3)]
    assert starts == [1, 11, 21]


async def test_a_larger_block_wastes_the_rest(
    ledger: Ledger, redis_server: RedisServer
) -> None:
    """A block is never made of two stripes, and may be larger than one."""
    async with ledger.node(redis_server) as blocks:
        await ledger.lease(blocks, 990)
        assert (await ledger.lease(blocks, 20)).start == STRIPE + 1
        assert (await ledger.lease(blocks, 5 * STRIPE)).start == 2 * STRIPE + 1


async def test_a_crowd_in_two_processes(
    ledger: Ledger, redis_server: RedisServer
) -> None:
    """Forty at once in two processes share no id, and do not storm the database."""
    async with ledger.node(redis_server) as one, ledger.node(redis_server) as other:
        crowd = (ledger.lease(node, 97) for node in (one, other) for _ in range(20))
        await asyncio.gather(*crowd)
    # Ten blocks to a stripe, and the two may lease each of the four at the same time.
    assert 4 <= ledger.stripes.leases <= 8


async def test_a_restart_without_memory(
    ledger: Ledger, fresh_redis: FreshRedis
) -> None:
    """An empty Redis takes a new stripe."""
    server = fresh_redis()
    async with ledger.node(server) as blocks:
        await ledger.lease(blocks)
        server.kill()
        with pytest.raises(BackendUnavailable):
            await ledger.lease(blocks)
        server.start()
        ledger.clock.move(1)
        assert (await ledger.lease(blocks)).start == STRIPE + 1


async def test_an_older_snapshot(ledger: Ledger, fresh_redis: FreshRedis) -> None:
    """Restored from a backup, Redis remembers what it has handed out since as free."""
    server = fresh_redis()
    await ledger.lease_from(server)
    with client_of(server) as client:
        client.save()
    backup = shutil.copy(server.folder / "dump.rdb", server.folder / "backup.rdb")
    await ledger.lease_from(server)
    server.kill()
    shutil.copy(backup, server.folder / "dump.rdb")
    server.start()
    with client_of(server) as client:
        assert client.hget(KEY, "next") == b"11"
    assert (await ledger.lease_from(server)).start == STRIPE + 1


async def test_an_orderly_restart_with_all_memory(
    ledger: Ledger, fresh_redis: FreshRedis
) -> None:
    """A log on disk may lack its end, so a new stripe is always taken."""
    server = fresh_redis(persistent=True)
    await ledger.lease_from(server)
    server.stop()
    server.start()
    assert (await ledger.lease_from(server)).start == STRIPE + 1


@pytest.mark.slow
async def test_a_promoted_replica(ledger: Ledger, fresh_redis: FreshRedis) -> None:
    """Writes that the replica lacks do not matter."""
    primary = fresh_redis()
    replica = fresh_redis(replica_of=primary.port)
    await ledger.lease_from(primary)
    with client_of(primary) as first, client_of(replica) as second:
        first.wait(1, 10_000)
        with pytest.raises(BackendUnavailable):
            await ledger.lease_from(replica)
        second.replicaof("NO", "ONE")
        await ledger.lease_from(primary)
        assert second.hget(KEY, "next") == b"11"
    assert (await ledger.lease_from(replica)).start == STRIPE + 1
    # The old one, cut off and not demoted yet, continues in its own stripe.
    assert (await ledger.lease_from(primary)).start == 21


async def test_a_primary_that_followed_its_replica(
    ledger: Ledger, fresh_redis: FreshRedis
) -> None:
    """The same process leads again, with the data of a replica that lagged behind."""
    primary = fresh_redis()
    replica = fresh_redis(replica_of=primary.port)
    await ledger.lease_from(primary)
    with client_of(primary) as first, client_of(replica) as second:
        first.wait(1, 10_000)
        second.replicaof("NO", "ONE")
        await ledger.lease_from(primary)
        first.replicaof("127.0.0.1", str(replica.port))
        await until(lambda: first.hget(KEY, "next") == b"11")
        first.replicaof("NO", "ONE")
    assert (await ledger.lease_from(primary)).start == STRIPE + 1


async def test_a_flushed_key(ledger: Ledger, redis_server: RedisServer) -> None:
    """The key is deleted or evicted: a new stripe."""
    await ledger.lease_from(redis_server)
    with client_of(redis_server) as client:
        client.flushall()
    assert (await ledger.lease_from(redis_server)).start == STRIPE + 1


async def test_a_node_that_keeps_forgetting(
    ledger: Ledger, redis_server: RedisServer
) -> None:
    """It gets a stripe a second, instead of using up all ids."""
    async with ledger.node(redis_server) as blocks:
        with client_of(redis_server) as client:
            await ledger.lease(blocks)
            client.flushall()
            for _ in range(5):
                with pytest.raises(BackendUnavailable, match="losing its memory"):
                    await ledger.lease(blocks)
            assert ledger.stripes.leases == 1
            ledger.clock.move(1)
            await ledger.lease(blocks)
    assert ledger.stripes.leases == 2


async def test_without_the_database(ledger: Ledger, redis_server: RedisServer) -> None:
    """The stripe is handed out to its end, and nothing more until it is back."""
    async with ledger.node(redis_server) as blocks:
        await ledger.lease(blocks, 500)
        ledger.stripes.available = False
        await ledger.lease(blocks, 500)
        with pytest.raises(BackendUnavailable):
            await ledger.lease(blocks, 1)
        ledger.stripes.available = True
        assert (await ledger.lease(blocks, 1)).start == STRIPE + 1


@pytest.mark.slow
async def test_a_frozen_node_that_wakes_up(
    ledger: Ledger, fresh_redis: FreshRedis
) -> None:
    """Calls during a freeze run late, without a caller, and do no harm."""
    server = fresh_redis()
    async with ledger.node(server) as blocks:
        await ledger.lease(blocks)
        server.freeze()
        with pytest.raises(BackendUnavailable):
            await ledger.lease(blocks)
        server.thaw()
        await ledger.lease(blocks, 20)
    assert ledger.stripes.leases == 1


async def test_an_installation_is_not_repeated(
    ledger: Ledger, redis_server: RedisServer
) -> None:
    """The same stripe, sent again by a fault, is refused."""
    async with ledger.node(redis_server) as blocks:
        lost = await blocks._take(10)
        arguments: list[bytes | int] = [lost.server, lost.seen, 1, STRIPE]
        assert await blocks._install_script([KEY], arguments) == 1
        await ledger.lease(blocks)
        assert await blocks._install_script([KEY], arguments) == 0
        assert (await ledger.lease(blocks)).start == 11


async def test_a_key_of_another_kind(redis_server: RedisServer, ledger: Ledger) -> None:
    """A foreign value is not changed, and another source must lease."""
    with client_of(redis_server) as client:
        client.rpush(KEY, "1000")
        with pytest.raises(BackendUnavailable):
            await ledger.lease_from(redis_server)
        assert client.lrange(KEY, 0, -1) == [b"1000"]


async def test_stripes_are_counted(ledger: Ledger, redis_server: RedisServer) -> None:
    """The metric distinguishes a spent stripe from a lost one."""
    async with ledger.node(redis_server) as blocks:
        await ledger.lease(blocks, STRIPE)
        await ledger.lease(blocks, STRIPE)

    def count(reason: str) -> float | None:
        return ledger.metrics.registry.get_sample_value(
            "waypost_id_stripes_total", {"reason": reason}
        )

    assert (count("lost"), count("spent")) == (1, 1)


async def test_a_node_says_how_far_its_stripe_goes(
    ledger: Ledger, redis_server: RedisServer
) -> None:
    """So that another stripe can lie above it; nonsense is not a stripe."""
    async with redis_node(redis_server.url) as node:
        stripe = RedisStripe(node, key=KEY)
        assert await stripe.highest_id() == 0
        await ledger.lease_from(redis_server)
        assert await stripe.highest_id() == STRIPE
        with closing(client_of(redis_server)) as client:
            client.hset(KEY, "end", "x")
        with pytest.raises(BackendUnavailable):
            await stripe.highest_id()


@pytest.mark.parametrize(("snatched", "is_leased"), [(2, True), (3, False)])
async def test_others_snatch_the_stripe_away(
    ledger: Ledger,
    redis_server: RedisServer,
    snatched: int,
    is_leased: bool,  # noqa: FBT001  # a row of the table
) -> None:
    """Three stripes are installed for a block at most; then the next source is asked.

    While each is leased, another process installs one, and spends it.
    """
    ends = [(at + 1) * 10 * STRIPE for at in range(snatched)]
    with closing(client_of(redis_server)) as client:

        def spend() -> None:
            if ends:
                end = ends.pop(0)
                client.hset(KEY, mapping={"next": end + 1, "end": end})

        async with ledger.node(redis_server) as blocks:
            await ledger.lease(blocks)
            ledger.stripes.meanwhile = spend
            if is_leased:
                await ledger.lease(blocks, STRIPE)
            else:
                with pytest.raises(
                    BackendUnavailable, match="Other processes take all ids"
                ):
                    await blocks.lease(STRIPE)
    assert ledger.stripes.leases == 4
