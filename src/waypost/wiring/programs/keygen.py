"""The parts of the keygen process: two Redis nodes, and the database behind them."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Final

import structlog

from waypost.adapters.redis.blocks import RedisBlocks, RedisStripe
from waypost.adapters.redis.client import RedisNode
from waypost.adapters.sql.database import DatabaseRefused
from waypost.config import Settings
from waypost.domain.codes import IdBlock
from waypost.domain.errors import BackendUnavailable
from waypost.keygen.app import KeygenApp
from waypost.keygen.health import KeygenHealth
from waypost.ports.blocks import BlockSource, CounterChange
from waypost.services.ids.lease import Candidate, FirstAvailable
from waypost.services.ids.remember_leases import StripesAboveNodes
from waypost.telemetry.background import consume_exception
from waypost.telemetry.metrics import Metrics
from waypost.wiring.access.internal import internal_access
from waypost.wiring.parts.redis import open_node
from waypost.wiring.parts.store import Store, open_store

LEASE_SECONDS: Final = 1.0
"""How long each source of ids may take before the next one is asked. A node that is
frozen answers no call, and is given up after `REDIS_TIMEOUT_SECONDS` already."""


@asynccontextmanager
async def open_keygen(settings: Settings) -> AsyncIterator[KeygenApp]:
    """Open the nodes and the database, and yield the application over them.

    It starts even if the database or a node does not answer: another source may have
    ids.

    Raises:
        DatabaseRefused: The database answers, and cannot be used.
    """
    metrics = Metrics()
    async with AsyncExitStack() as stack:
        database = _Database(settings, stack)
        await database.open()
        nodes = await _open_nodes(settings, stack)
        stripes = StripesAboveNodes(
            database,
            nodes=[
                RedisStripe(node, key=settings.ID_ALLOCATOR_KEY)
                for node in nodes.values()
            ],
        )
        with suppress(BackendUnavailable):  # repeated with each stripe
            await stripes.raise_counter()
        blocks = {
            name: RedisBlocks(
                node, key=settings.ID_ALLOCATOR_KEY, stripes=stripes, metrics=metrics
            )
            for name, node in nodes.items()
        }
        for node in blocks.values():
            with suppress(BackendUnavailable):  # repeated by each health check
                await node.ready()
        yield KeygenApp(
            blocks=FirstAvailable(
                _candidates({**blocks, "database": stripes}), metrics=metrics
            ),
            health=KeygenHealth(
                database=database.ping,
                nodes=[node.ready for node in blocks.values()],
            ),
            metrics=metrics,
            block_size=settings.ID_BLOCK_SIZE,
            request_timeout_seconds=settings.REQUEST_TIMEOUT_SECONDS,
            internal=internal_access(settings),
        )


def _candidates(sources: Mapping[str, BlockSource]) -> list[Candidate]:
    """Return *sources*, in order: the nodes, and the database as the last resort."""
    return [
        Candidate(name=name, source=source, timeout_seconds=LEASE_SECONDS)
        for name, source in sources.items()
    ]


async def _open_nodes(
    settings: Settings, stack: AsyncExitStack
) -> dict[str, RedisNode]:
    urls = {
        "primary": settings.KEYGEN_PRIMARY_REDIS_URL or settings.REDIS_URL,
        "secondary": settings.KEYGEN_SECONDARY_REDIS_URL,
    }
    return {
        name: await stack.enter_async_context(
            open_node(settings, name=f"keygen_{name}", url=url)
        )
        for name, url in urls.items()
        if url
    }


class _Database:
    """The database's ids, once it answers for the first time: it may be away."""

    def __init__(self, settings: Settings, stack: AsyncExitStack) -> None:
        self._settings = settings
        self._stack = stack
        self._store: Store | None = None
        self._opening: asyncio.Task[Store] | None = None
        stack.push_async_callback(self._stop_opening)

    async def open(self) -> None:
        """Open it, unless it does not answer.

        Raises:
            DatabaseRefused: It answers, and cannot be used.
        """
        try:
            await self._opened()
        except BackendUnavailable:
            structlog.get_logger().warning("keygen.database_away")

    async def lease(self, size: int) -> IdBlock:
        """Return *size* ids of its counter."""
        return await (await self._ready()).blocks.lease(size)

    async def next_id(self) -> int:
        """Return the lowest id of its counter that is not leased yet."""
        return await (await self._ready()).blocks.next_id()

    async def raise_above(self, highest: int) -> CounterChange | None:
        """Raise its counter above *highest*."""
        return await (await self._ready()).blocks.raise_above(highest)

    async def ping(self) -> None:
        """Check that it answers."""
        await (await self._ready()).storage.ping()

    async def _ready(self) -> Store:
        try:
            return await self._opened()
        except DatabaseRefused as error:
            raise BackendUnavailable from error

    async def _opened(self) -> Store:
        if self._store is not None:
            return self._store
        if self._opening is None or self._opening.done():
            self._opening = asyncio.create_task(self._open())
            self._opening.add_done_callback(consume_exception)
        # Shielded: opening takes longer than the waiting tasks may have time.
        return await asyncio.shield(self._opening)

    async def _open(self) -> Store:
        store = await self._stack.enter_async_context(open_store(self._settings))
        self._store = store
        return store

    async def _stop_opening(self) -> None:
        if self._opening is not None:
            self._opening.cancel()
            with suppress(asyncio.CancelledError, Exception):
                await self._opening
