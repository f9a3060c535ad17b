"""Ten million ids while everything fails in turn: none twice, and no call hangs."""

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import (
    ExitStack,
    aclosing,
    asynccontextmanager,
    contextmanager,
    suppress,
)
from itertools import pairwise
from pathlib import Path

import pytest
import redis
from cluster.servers.postgres import PostgresServer
from cluster.servers.redis import RedisServer

from tests.e2e.process import WaypostProcess
from tests.servers import FreshPostgres, FreshRedis
from waypost.adapters.sql import migrate
from waypost.adapters.sql.blocks import SqlBlocks
from waypost.adapters.sql.storage import SqlStorage
from waypost.config import Settings
from waypost.domain.codes import IdBlock
from waypost.domain.errors import BackendUnavailable
from waypost.ports.blocks import BlockSource
from waypost.telemetry.metrics import Metrics
from waypost.wiring.parts.ids import open_id_source

pytestmark = pytest.mark.slow

BLOCKS = 4_000
BLOCK_SIZE = 2_500
CLIENTS = 8
KEY = "id_allocator:url"
DATABASE_SECONDS = 1.0
LONGEST_SECONDS = 15.0
"""No lease takes as long, even on a busy machine: twice a keygen and the database may
take a second each."""


class KeygenProcess(WaypostProcess):
    """`waypost run keygen`, which serves also while others are away."""

    health_path = "/livez"

    def __init__(self, folder: Path, *, database: str, nodes: tuple[str, str]) -> None:
        settings = {
            "DATABASE_URL": database,
            "DATABASE_TIMEOUT_SECONDS": str(DATABASE_SECONDS),
            "KEYGEN_PRIMARY_REDIS_URL": nodes[0],
            "KEYGEN_SECONDARY_REDIS_URL": nodes[1],
            "LOG_LEVEL": "WARNING",
        }
        super().__init__(folder, settings=settings, command=("run", "keygen"))


class Installation:
    """Two keygens, their Redis nodes and their database."""

    def __init__(
        self,
        folder: Path,
        postgres: PostgresServer,
        primary: RedisServer,
        secondary: RedisServer,
    ) -> None:
        self.postgres = postgres
        self.primary = primary
        self.secondary = secondary
        migrate.upgrade(postgres.url)
        self.keygens = [
            KeygenProcess(
                folder / f"keygen-{number}",
                database=postgres.url,
                nodes=(primary.url, secondary.url),
            )
            for number in (1, 2)
        ]

    @asynccontextmanager
    async def as_an_app(self) -> AsyncIterator[BlockSource]:
        """Lease as an app does: from the keygens, else from the database."""
        settings = Settings(
            KEYGEN_SERVICE_URL=",".join(keygen.url for keygen in self.keygens),
            DATABASE_TIMEOUT_SECONDS=DATABASE_SECONDS,
        )
        storage = await SqlStorage.open(
            self.postgres.url, timeout_seconds=DATABASE_SECONDS
        )
        async with aclosing(storage):
            database = SqlBlocks(storage.database, name=KEY)
            async with open_id_source(
                settings, database=database, metrics=Metrics()
            ) as blocks:
                yield blocks

    def save_primary(self) -> None:
        """Put a snapshot of the primary aside."""
        with redis.Redis.from_url(self.primary.url) as client:
            client.save()
        folder = self.primary.folder
        (folder / "dump.rdb").rename(folder / "backup.rdb")

    def restore_primary(self) -> None:
        """Bring the primary back with what was put aside."""
        folder = self.primary.folder
        shutil.copy(folder / "backup.rdb", folder / "dump.rdb")
        self.primary.start()
        (folder / "dump.rdb").unlink()

    def forget_stripe(self) -> None:
        """Delete the primary's stripe."""
        with redis.Redis.from_url(self.primary.url) as client:
            client.delete(KEY)

    def has_stripe(self) -> bool:
        """Return whether the primary has one."""
        with redis.Redis.from_url(self.primary.url) as client:
            return bool(client.exists(KEY))


@pytest.fixture
def installation(
    tmp_path: Path, fresh_postgres: FreshPostgres, fresh_redis: FreshRedis
) -> Iterator[Installation]:
    """Everything there is."""
    with ExitStack() as stack:
        # Durable, because what PostgreSQL has promised must survive being killed.
        postgres = fresh_postgres(durable=True)
        made = Installation(tmp_path, postgres, fresh_redis(), fresh_redis())
        for keygen in made.keygens:
            stack.enter_context(keygen)
        yield made


class Ledger:
    """Every block that was leased."""

    def __init__(self) -> None:
        self.blocks: list[IdBlock] = []
        self.refusals = 0
        self.is_calm = False
        self._grown = asyncio.Condition()
        self._may_lease = asyncio.Event()
        self._may_lease.set()

    async def fill(self, source: BlockSource) -> None:
        """Lease until there are enough blocks and nothing more is to be broken."""
        while len(self.blocks) < BLOCKS or not self.is_calm:
            await self._may_lease.wait()
            try:
                async with asyncio.timeout(LONGEST_SECONDS):
                    block = await source.lease(BLOCK_SIZE)
            except BackendUnavailable:
                self.refusals += 1
                await asyncio.sleep(0.02)
                continue
            assert len(block) == BLOCK_SIZE
            self.blocks.append(block)
            async with self._grown:
                self._grown.notify_all()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Let no task begin to lease."""
        self._may_lease.clear()
        try:
            yield
        finally:
            self._may_lease.set()

    async def grow(self, by: int, *, within: float) -> int:
        """Wait for *by* more blocks, not longer than *within* seconds; return how many.

        While too much is away, none may come.
        """
        before = len(self.blocks)
        with suppress(TimeoutError):
            async with asyncio.timeout(within), self._grown:
                await self._grown.wait_for(lambda: len(self.blocks) >= before + by)
        return len(self.blocks) - before

    def overlaps(self) -> list[tuple[IdBlock, IdBlock]]:
        """Return the blocks that share ids with the next one."""
        ordered = sorted(self.blocks, key=lambda block: block.start)
        return [(one, two) for one, two in pairwise(ordered) if one.end >= two.start]


class Trouble:
    """Breaks one thing after the other, and mends it, while ids are leased."""

    def __init__(
        self, installation: Installation, ledger: Ledger, source: BlockSource
    ) -> None:
        self._all = installation
        self._ledger = ledger
        self._source = source

    async def run(self) -> None:
        """Go through everything that may happen."""
        await self._redis_forgets()
        await self._redis_freezes()
        await self._keygen_dies()
        await self._database_is_away()
        await self._only_the_database_is_left()
        await self._everything_is_away()

    async def _redis_forgets(self) -> None:
        primary = self._all.primary
        await self._leased(100)
        await _do(self._all.save_primary)
        await self._leased(100)
        await _do(primary.kill)
        await self._leased(100)
        await _do(primary.start)
        await self._leased(300)
        await _do(primary.kill)
        await self._leased(100)
        await _do(self._all.restore_primary)
        await self._leased(300)

    async def _redis_freezes(self) -> None:
        for server in (self._all.primary, self._all.secondary):
            await _do(server.freeze)
            await self._leased(100)
            await _do(server.thaw)
            await self._leased(100)

    async def _keygen_dies(self) -> None:
        keygen, _ = self._all.keygens
        await _do(keygen.kill)
        await self._leased(100)
        await _do(keygen.start)
        await self._leased(100)

    async def _database_is_away(self) -> None:
        postgres = self._all.postgres
        async with self._new_stripe():
            await _do(postgres.freeze)
        await self._leased(50)
        await _do(postgres.thaw)
        await self._leased(100)
        async with self._new_stripe():
            await _do(postgres.kill)
        await self._leased(50)
        await _do(postgres.start)
        await self._leased(100)

    async def _only_the_database_is_left(self) -> None:
        await _do(self._all.primary.freeze)
        await _do(self._all.secondary.kill)
        await self._leased(50)
        await _do(self._all.primary.thaw)
        await _do(self._all.secondary.start)
        await self._leased(100)

    async def _everything_is_away(self) -> None:
        async with self._new_stripe():
            for keygen in self._all.keygens:
                await _do(keygen.kill)
            await _do(self._all.postgres.kill)
        # What was under way when they went.
        await self._ledger.grow(CLIENTS, within=1)
        assert await self._ledger.grow(1, within=1) == 0
        # A keygen starts without a database, and leases from the nodes' stripes.
        for keygen in self._all.keygens:
            await _do(keygen.start)
        await self._leased(50)
        await _do(self._all.postgres.start)
        await self._leased(100)

    @asynccontextmanager
    async def _new_stripe(self) -> AsyncIterator[None]:
        """Have the primary take a stripe that lasts until what is done meanwhile is.

        Others would spend it before, on a machine where that takes long.
        """
        with self._ledger.held():
            await _do(self._all.forget_stripe)
            async with asyncio.timeout(60):
                while not await asyncio.to_thread(self._all.has_stripe):
                    with suppress(BackendUnavailable):
                        self._ledger.blocks.append(await self._source.lease(BLOCK_SIZE))
            yield

    async def _leased(self, number: int) -> None:
        """Wait for more blocks: they come after every fault."""
        assert await self._ledger.grow(number, within=60) >= number


async def _do(action: Callable[[], object]) -> None:
    """Do what blocks, while leasing goes on."""
    await asyncio.to_thread(action)


async def test_ten_million_ids(installation: Installation) -> None:
    """Nodes forget and freeze, keygens die, the database goes: no id comes twice."""
    ledger = Ledger()
    async with installation.as_an_app() as source, asyncio.TaskGroup() as group:
        for _ in range(CLIENTS):
            group.create_task(ledger.fill(source))
        await Trouble(installation, ledger, source).run()
        ledger.is_calm = True
    assert sum(map(len, ledger.blocks)) >= BLOCKS * BLOCK_SIZE
    assert ledger.overlaps() == []
    assert ledger.refusals > 0
    print(f"{len(ledger.blocks)} blocks, {ledger.refusals} refusals")


def test_a_keygen_stops_in_an_orderly_way(
    tmp_path: Path, migrated_postgres_url: str, redis_url: str
) -> None:
    """SIGTERM ends the process with 0, once it has answered."""
    keygen = KeygenProcess(
        tmp_path / "keygen", database=migrated_postgres_url, nodes=(redis_url, "")
    )
    with keygen:
        status, _, body = keygen.request("/allocate", body={"size": 10})
        assert (status, json.loads(body)) == (200, {"start": 1, "end": 10})
        status, _, body = keygen.request("/health")
        assert (status, json.loads(body)["status"]) == (200, "healthy")
        assert keygen.stop() == 0
