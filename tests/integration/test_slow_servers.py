"""Redirects and creates while PostgreSQL or Redis answers, but late.

No test asserts how long something takes: each bounds many requests together, by far
less than they would take if every one of them waited.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import AsyncExitStack, aclosing
from urllib.parse import urlsplit

import pytest

from tests.redis_nodes import answered, redis_node
from tests.slow_proxy import SlowProxy, slow_proxy
from tests.unit.edge.parts import (
    CapturingRecorder,
    Sent,
    gate_over,
    receive_nothing,
    request,
)
from tests.unit.edge.parts import the_rest as no_api
from tests.unit.services.links.creating import link
from waypost.adapters.memory.near_cache import MemoryNearCache
from waypost.adapters.memory.secrets import MemorySecrets
from waypost.adapters.redis.cache import RedisSharedCache
from waypost.adapters.redis.invalidations import RedisInvalidations
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.errors import BackendUnavailable
from waypost.domain.events import CACHES
from waypost.edge.app import EdgeApp
from waypost.edge.domains.visited import VisitedDomains
from waypost.edge.lookups import LinkSources, Lookups
from waypost.edge.redirector import Redirector
from waypost.http.client_address import TrustedProxies
from waypost.services.domains.known import KnownDomains
from waypost.services.links.create_batches import (
    CreateBatches,
    CreateContext,
    CreateLimits,
)
from waypost.services.links.relay import Caches, EventRelay
from waypost.services.visits.budgets import Budgets
from waypost.telemetry.metrics import Metrics

pytestmark = pytest.mark.slow

DATABASE_SECONDS = 2.0
REDIS_SECONDS = 1.0
MANY = 100
HANGS = 60
"""Far more than all requests of a test need, and far less than they would hang."""

KNOWN = [f"known{number}" for number in range(MANY)]


class App:
    """An app whose servers stand behind proxies, without HTTP and without an API."""

    def __init__(self, storage: SqlStorage, cache: RedisSharedCache) -> None:
        self.storage = storage
        self.cache = cache
        self.metrics = metrics = Metrics()
        near = MemoryNearCache(
            max_bytes=1_000_000,
            fresh_seconds=60,
            absent_seconds=60,
            tally=metrics.tally,
        )
        self.lookups = Lookups(
            sources=LinkSources(links=storage.links, shared=cache),
            near=near,
            tally=metrics.tally,
            timeout_seconds=DATABASE_SECONDS,
        )
        self.edge = EdgeApp(
            redirector=Redirector(
                near=near, recorder=CapturingRecorder(), tally=metrics.tally
            ),
            lookups=self.lookups,
            domains=VisitedDomains(
                KnownDomains(storage.domains, base_url="http://localhost"),
                proxies=TrustedProxies([]),
            ),
            gate=gate_over(
                Budgets(storage.budgets, wait_seconds=DATABASE_SECONDS),
                secrets=MemorySecrets(),
                metrics=metrics,
            ),
            proxies=TrustedProxies([]),
            tally=metrics.tally,
            fallback=no_api,
        )

    async def follow(self, code: str) -> object:
        """Follow a link; return the status, after a look at what must go with it."""
        sent = Sent()
        await self.edge(request(f"/{code}"), receive_nothing, sent.send)
        assert sent.status != 503 or int(sent.headers[b"retry-after"]) > 0
        return sent.status

    async def follow_each(self, codes: Iterable[str]) -> list[object]:
        """Follow links one after the other; return the statuses."""
        return [await self.follow(code) for code in codes]

    def creation(self, relay: EventRelay) -> CreateBatches:
        """Return what stores links, with events published by *relay*."""
        return CreateBatches(
            CreateContext(
                storage=self.storage,
                event_readers=[CACHES],
                forget=self.lookups.forget,
                nudge=relay.nudge,
                metrics=self.metrics,
            ),
            limits=CreateLimits(wait_seconds=DATABASE_SECONDS),
        )


@pytest.fixture
async def postgres(migrated_postgres_url: str) -> AsyncIterator[SlowProxy]:
    """The way to PostgreSQL."""
    async with slow_proxy(urlsplit(migrated_postgres_url).port or 0) as proxy:
        yield proxy


@pytest.fixture
async def redis(redis_url: str) -> AsyncIterator[SlowProxy]:
    """The way to Redis."""
    async with slow_proxy(urlsplit(redis_url).port or 0) as proxy:
        yield proxy


@pytest.fixture
async def app(
    migrated_postgres_url: str, redis_url: str, postgres: SlowProxy, redis: SlowProxy
) -> AsyncIterator[App]:
    """An app that is connected, and has stored the known links."""
    async with AsyncExitStack() as stack:
        url = through(postgres, migrated_postgres_url)
        storage = await SqlStorage.open(url, timeout_seconds=DATABASE_SECONDS)
        await stack.enter_async_context(aclosing(storage))
        node = await stack.enter_async_context(
            redis_node(through(redis, redis_url), timeout_seconds=REDIS_SECONDS)
        )
        await answered(node)
        cache = RedisSharedCache(
            primary=node, replica=node, link_seconds=60, absent_seconds=60
        )
        app = App(storage, cache)
        async with storage.transaction() as transaction:
            await transaction.links.add(
                [link(number, code) for number, code in enumerate(KNOWN, 1)]
            )
        stack.push_async_callback(app.lookups.aclose)
        yield app
        postgres.delay_seconds = redis.delay_seconds = 0.0


def through(proxy: SlowProxy, url: str) -> str:
    """Return *url* of a server by way of *proxy*."""
    parts = urlsplit(url)
    netloc = parts.netloc.replace(f":{parts.port}", f":{proxy.port}")
    return parts._replace(netloc=netloc).geturl()


def relay_of(app: App) -> EventRelay:
    """Return the relay of the links that *app* creates."""
    return EventRelay(
        storage=app.storage,
        caches=Caches(
            invalidate=app.lookups.invalidate,
            shared=app.cache,
            invalidations=RedisInvalidations(app.cache._primary),
        ),
        metrics=app.metrics,
        interval=0.1,
    )


@pytest.mark.parametrize("delay", [0.4, 5.0])
async def test_slow_database(app: App, postgres: SlowProxy, delay: float) -> None:
    """It delays no visitor of a cached link, and no other visitor for long."""
    await app.cache.put([link(number, code) for number, code in enumerate(KNOWN, 1)])
    postgres.delay_seconds = delay
    async with asyncio.timeout(HANGS):
        assert set(await app.follow_each(KNOWN * 2)) == {307}
        unknown = [app.follow(f"unknown{number}") for number in range(MANY)]
        assert set(await asyncio.gather(*unknown)) <= {404, 503}
        created = [
            app.creation(relay_of(app)).add(link(1_000 + number), is_chosen=True)
            for number in range(MANY)
        ]
        outcomes = await asyncio.gather(*created, return_exceptions=True)
    assert {type(outcome) for outcome in outcomes} <= {type(None), BackendUnavailable}


async def test_slow_redis(app: App, redis: SlowProxy) -> None:
    """Everything goes on by the database, as if there were no Redis."""
    redis.delay_seconds = 3.0
    relay = relay_of(app)
    relaying = asyncio.create_task(relay.run())
    creation = app.creation(relay)
    async with asyncio.timeout(HANGS):
        assert set(await app.follow_each(KNOWN * 2)) == {307}
        unknown = [f"unknown{number}" for number in range(MANY)]
        assert set(await app.follow_each(unknown)) == {404}
        for number, code in enumerate(unknown[:20], 1_000):
            await creation.add(link(number, code), is_chosen=True)
            await relay.flushed()
            assert await app.follow(code) == 307
    relaying.cancel()
    await asyncio.wait([relaying])
