"""Two processes' look-ups over one real Redis and one real store.

They live on one event loop, each with connections of its own.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing, asynccontextmanager, suppress
from datetime import UTC, datetime

import pytest
from cluster.servers.redis import RedisServer

from tests.fakes import SettableClock
from tests.redis_nodes import answered, until
from tests.servers import FreshRedis
from tests.unit.edge.readers import OnlyByCode
from waypost.adapters.memory.near_cache import MemoryNearCache
from waypost.adapters.redis.breaker import CircuitBreaker
from waypost.adapters.redis.cache import RedisSharedCache
from waypost.adapters.redis.client import RedisNode
from waypost.adapters.redis.invalidations import RedisInvalidations
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.errors import BackendUnavailable
from waypost.domain.events import Invalidation
from waypost.domain.links import DEFAULT_DOMAIN, Absence, Link
from waypost.edge.lookups import (
    REVALIDATE_SECONDS,
    LinkSources,
    Lookups,
    watch_invalidations,
)
from waypost.ports.links import LinkReader
from waypost.telemetry.metrics import Tally

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
CODE = "abc1234"
NEAR_SECONDS = 60.0
REDIS_SECONDS = 0.25


def link(version: int, *, code: str = CODE) -> Link:
    """Return the link as it is in a version."""
    return Link(
        id=1,
        code=code,
        target=f"https://example.com/{version}",
        created_at=NOON,
        updated_at=NOON,
        version=version,
    )


class SlowReader(OnlyByCode):
    """A store's look-ups, counted, each of them slow enough to meet another one."""

    def __init__(self, links: LinkReader, *, seconds: float = 0.0) -> None:
        self.asked = 0
        self.seconds = seconds
        self._links = links

    async def by_code(self, code: str, *, domain: str = DEFAULT_DOMAIN) -> Link | None:
        """Ask the store, slowly."""
        self.asked += 1
        await asyncio.sleep(self.seconds)
        return await self._links.by_code(code, domain=domain)


class Process:
    """What a process has of its own."""

    def __init__(
        self, links: LinkReader, primary: RedisNode, replica: RedisNode | None
    ) -> None:
        self.clock = SettableClock()
        self.tally = Tally()
        self.primary = primary
        self.shared = RedisSharedCache(
            primary=primary,
            replica=replica or primary,
            link_seconds=3_600,
            absent_seconds=5,
        )
        self.invalidations = RedisInvalidations(primary)
        self.near = MemoryNearCache(
            max_bytes=1_000_000,
            fresh_seconds=NEAR_SECONDS,
            absent_seconds=60,
            tally=self.tally,
            monotonic=self.clock.monotonic,
        )
        self.lookups = Lookups(
            sources=LinkSources(links=links, shared=self.shared),
            near=self.near,
            tally=self.tally,
            timeout_seconds=5,
            monotonic=self.clock.monotonic,
        )

    async def version(self, code: str = CODE) -> int:
        """Return which version of *code* a visitor is sent to, 0 for none."""
        entry = await self.lookups.find(code)
        return entry.version if entry else 0

    async def serves(self, version: int) -> bool:
        """Return whether a visitor is sent to *version*."""
        return await self.version() == version


@pytest.fixture
async def storage(migrated_postgres_url: str) -> AsyncIterator[SqlStorage]:
    """The one store."""
    async with aclosing(
        await SqlStorage.open(migrated_postgres_url, timeout_seconds=5)
    ) as storage:
        yield storage


class CountingBreaker(CircuitBreaker):
    """Lets no probe through, and counts the calls that failed."""

    def __init__(self) -> None:
        super().__init__(failures=3, open_seconds=1.0, monotonic=lambda: 0.0)
        self.failures = 0

    def failed(self) -> None:
        """Count a failure."""
        self.failures += 1
        super().failed()


@asynccontextmanager
async def process_over(
    links: LinkReader,
    url: str,
    *,
    replica_url: str | None = None,
    breaker: CircuitBreaker | None = None,
) -> AsyncIterator[Process]:
    """Open a process's look-ups, which listen from now on."""
    async with AsyncExitStack() as stack:
        nodes = [
            await stack.enter_async_context(
                aclosing(RedisNode.open(each, timeout_seconds=REDIS_SECONDS))
            )
            for each in (url, replica_url)
            if each
        ]
        if breaker is not None:
            for node in nodes:
                node._breaker = breaker
        process = Process(links, nodes[0], nodes[1] if replica_url else None)
        stack.push_async_callback(process.lookups.aclose)
        watching = asyncio.create_task(
            watch_invalidations(
                invalidations=process.invalidations, lookups=process.lookups
            )
        )
        try:
            await listens(process)
            yield process
        finally:
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching


async def listens(process: Process) -> None:
    """Wait until *process* receives what is published."""
    process.near.put_absent("signal")

    async def received() -> bool:
        with suppress(BackendUnavailable):
            await process.invalidations.publish([Invalidation("signal", 1)])
        return not process.near.is_absent("signal")

    await until(received)


async def change(storage: SqlStorage, version: int) -> None:
    """Commit a version of the link."""
    async with storage.transaction() as transaction:
        if version == 1:
            assert await transaction.links.add([link(1)]) == frozenset()
        else:
            assert await transaction.links.change(link(version))


async def publish(process: Process, version: int) -> None:
    """Publish a version to every process, as the relay of *process* does."""
    await process.shared.put([link(version)])
    await process.invalidations.publish([Invalidation(CODE, version)])


@pytest.mark.slow
async def test_edit_reaches_every_process(storage: SqlStorage, redis_url: str) -> None:
    """After each of many edits, every process serves it once it has received it."""
    await change(storage, 1)
    async with (
        process_over(storage.links, redis_url) as one,
        process_over(storage.links, redis_url) as two,
    ):
        assert (await one.version(), await two.version()) == (1, 1)
        for version in range(2, 30):
            editor, other = (one, two) if version % 2 else (two, one)
            await change(storage, version)
            editor.lookups.invalidate(CODE, version)
            assert await editor.serves(version)
            await publish(editor, version)
            await until(lambda v=version, p=other: p.serves(v))  # type: ignore[misc]  # a default binds the loop's variable
            assert one.near.get(CODE) is not None


async def test_creation_ends_everybodys_absence(
    storage: SqlStorage, redis_url: str
) -> None:
    """A code that was said to be unknown a moment ago works on every process."""
    async with (
        process_over(storage.links, redis_url) as one,
        process_over(storage.links, redis_url) as two,
    ):
        assert (await one.version(), await two.version()) == (0, 0)
        await change(storage, 1)
        one.lookups.forget(CODE)
        assert await one.serves(1)
        await publish(one, 1)
        await until(lambda: two.serves(1))


async def test_one_look_up_for_all_processes(
    storage: SqlStorage, redis_url: str
) -> None:
    """A hundred visitors of two processes cost the store one look-up."""
    await change(storage, 1)
    reader = SlowReader(storage.links, seconds=0.05)
    async with (
        process_over(reader, redis_url) as one,
        process_over(reader, redis_url) as two,
    ):
        # Warm connections: a process that has to connect comes late to the lock.
        await asyncio.gather(one.primary.ping(), two.primary.ping())
        reader.asked = 0
        visitors = [each.version() for each in (one, two) for _ in range(50)]
        assert set(await asyncio.gather(*visitors)) == {1}
        assert reader.asked == 1
        one.clock.move(NEAR_SECONDS * 2)
        two.clock.move(NEAR_SECONDS * 2)
        await until(lambda: is_shared(one, 1))
        assert (await one.version(), await two.version()) == (1, 1)
        assert reader.asked == 1


async def test_lagging_replica_sends_no_visitor_back(
    storage: SqlStorage, redis_url: str, fresh_redis: FreshRedis
) -> None:
    """Answers of a replica that lacks the edit are not used."""
    await change(storage, 1)
    stale = fresh_redis()  # no replica at all: it never receives a change
    async with (
        process_over(storage.links, redis_url) as editor,
        process_over(storage.links, redis_url, replica_url=stale.url) as other,
        process_over(storage.links, stale.url) as feeder,
    ):
        await feeder.shared.put([link(1)])
        assert await other.serves(1)
        assert other.tally.shared_lookups == 1
        await change(storage, 2)
        await publish(editor, 2)
        await until(lambda: other.serves(2))
        assert other.tally.store_lookups == 1


async def test_without_redis_the_lifetime_bounds_it(
    storage: SqlStorage, redis_server: RedisServer
) -> None:
    """An unreachable process serves the old target until its entry's lifetime ends."""
    await change(storage, 1)
    async with process_over(storage.links, redis_server.url) as one:
        assert await one.serves(1)
        redis_server.kill()
        await change(storage, 2)
        with pytest.raises(BackendUnavailable):
            await publish(one, 2)
        assert await one.serves(1)
        one.clock.move(NEAR_SECONDS * 1.1)
        assert await one.serves(2)


async def test_message_that_was_missed_is_made_up_for(
    storage: SqlStorage, redis_server: RedisServer
) -> None:
    """A process that was not connected looks everything up again."""
    await change(storage, 1)
    async with process_over(storage.links, redis_server.url) as one:
        assert await one.serves(1)
        one.near.put_absent("known")
        redis_server.kill()
        await change(storage, 2)
        redis_server.start()  # with its memory lost, and the message never sent
        await answered(one.primary)
        await until(lambda: has_doubts(one, "known"))
        one.clock.move(REVALIDATE_SECONDS)
        assert await one.serves(2)


@pytest.mark.parametrize("exists", [True, False])
async def test_frozen_redis_delays_by_its_timeout_only(
    storage: SqlStorage, redis_server: RedisServer, *, exists: bool
) -> None:
    """A Redis that hangs with all its connections open delays no visitor for long."""
    if exists:
        await change(storage, 1)
    breaker = CountingBreaker()
    async with process_over(storage.links, redis_server.url, breaker=breaker) as one:
        redis_server.freeze()
        try:
            codes = [CODE, *(f"none{number}" for number in range(20))]
            found = [await one.version(code) for code in codes]
        finally:
            redis_server.thaw()
        assert found == [int(exists)] + [0] * 20
        # One after the other they would wait for 21 time-outs at least.
        assert one.primary.is_away
        assert breaker.failures < 10


async def test_store_away_is_never_an_absence(
    storage: SqlStorage, redis_url: str
) -> None:
    """What is shared is answered; what is not cannot be looked up, and is not 404."""
    await change(storage, 1)
    async with process_over(storage.links, redis_url) as one:
        assert await one.serves(1)
        await until(lambda: is_shared(one, 1))
        await storage.aclose()
        async with process_over(storage.links, redis_url) as two:
            assert await two.serves(1)
            with pytest.raises(BackendUnavailable):
                await two.version("other12")
            assert not isinstance(await two.shared.get("other12"), Absence)


async def is_shared(process: Process, version: int) -> bool:
    """Return whether the shared cache has *version*."""
    found = await process.shared.get(CODE)
    return isinstance(found, Link) and found.version == version


async def has_doubts(process: Process, absent: str) -> bool:
    """Return whether what was known is looked up again, *absent* among it."""
    return not process.near.is_absent(absent)
