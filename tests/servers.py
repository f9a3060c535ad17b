"""Real servers for tests: started when first asked for, once per run.

Each is taken from the environment (`TEST_POSTGRES_URL`, `TEST_REDIS_URL`,
`TEST_KAFKA_BOOTSTRAP_SERVERS`), else from the system, else from a wheel; a test that
needs one that nothing supplies is skipped, and the reason says what would.
Those of the environment must not be stopped, so tests that stop them are skipped.
"""

import asyncio
import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from types import FrameType
from typing import Protocol, TypeVar
from urllib.parse import urlsplit

import asyncpg
import pytest
import redis
from cluster.servers.kafka import KafkaServer, kafka_server
from cluster.servers.postgres import PostgresServer, new_database_name
from cluster.servers.programs import MissingServerError
from cluster.servers.redis import RedisServer
from cluster.servers.server import Server


class KafkaBroker(Protocol):
    """A broker from any source."""

    @property
    def bootstrap_servers(self) -> str:
        """Where clients begin, `host:port`."""

    @property
    def is_apache(self) -> bool:
        """Whether it is Apache Kafka; the stand-in forgets all when it stops."""

    def start(self) -> None:
        """Start it again with the same data and port, and wait until it answers."""

    def stop(self) -> None:
        """Stop it properly."""

    def kill(self) -> None:
        """End it as a power switch would."""

    def freeze(self) -> None:
        """Let it hang with all its connections open."""

    def thaw(self) -> None:
        """Let it go on."""


class RemoteKafka:
    """A broker of the environment; a test that would stop it is skipped."""

    is_apache = True

    def __init__(self, bootstrap_servers: str) -> None:
        self.bootstrap_servers = bootstrap_servers

    def _skip(self) -> None:
        pytest.skip("the broker of TEST_KAFKA_BOOTSTRAP_SERVERS is not ours to stop")

    start = stop = kill = freeze = thaw = _skip


class FreshRedis(Protocol):
    """Starts one more Redis server, stopped at the end of the test."""

    def __call__(
        self, *, persistent: bool = False, replica_of: int | None = None
    ) -> RedisServer:
        """Start it; *replica_of* is the port of a primary."""


class FreshPostgres(Protocol):
    """Starts one more PostgreSQL server, stopped at the end of the test."""

    def __call__(self, *, durable: bool = False) -> PostgresServer:
        """Start it; *durable* has it sync every commit."""


S = TypeVar("S", bound=Server)


def pytest_configure() -> None:
    """Have SIGTERM, as `timeout` sends it, stop the servers as Ctrl-C does."""
    signal.signal(signal.SIGTERM, _interrupt)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@pytest.fixture(scope="session")
def _session_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of a server of which any database may be used to make others."""
    if url := os.environ.get("TEST_POSTGRES_URL"):
        yield url
        return
    with ExitStack() as stack:
        folder = tmp_path_factory.mktemp("postgres")
        yield _started(PostgresServer(folder), stack).url


@pytest.fixture
def postgres_url(_session_postgres: str) -> Iterator[str]:
    """URL of an empty PostgreSQL database that is this test's own."""
    with new_database(_session_postgres) as url:
        yield url


@contextmanager
def new_database(server: str, *, template: str = "template1") -> Iterator[str]:
    """Yield the URL of a copy of the database *template*; *server* is a URL, too."""
    name = new_database_name()
    in_postgres(server, f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    yield urlsplit(server)._replace(path=f"/{name}").geturl()
    in_postgres(server, f'DROP DATABASE "{name}" WITH (FORCE)')


@pytest.fixture
def fresh_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FreshPostgres]:
    """Factory of PostgreSQL servers that are this test's own."""
    with ExitStack() as stack:

        def start(*, durable: bool = False) -> PostgresServer:
            folder = tmp_path_factory.mktemp("postgres")
            return _started(PostgresServer(folder, durable=durable), stack)

        yield start


@pytest.fixture(scope="session")
def _session_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with ExitStack() as stack:
        yield _started(RedisServer(tmp_path_factory.mktemp("redis")), stack)


@pytest.fixture
def redis_server(request: pytest.FixtureRequest) -> RedisServer:
    """An empty Redis server that may be stopped, killed and frozen."""
    if os.environ.get("TEST_REDIS_URL"):
        pytest.skip("the server of TEST_REDIS_URL is not ours to stop")
    server: RedisServer = request.getfixturevalue("_session_redis")
    _revive(server)
    _flush(server.url)
    return server


@pytest.fixture
def redis_url(request: pytest.FixtureRequest) -> str:
    """URL of an empty Redis database."""
    if url := os.environ.get("TEST_REDIS_URL"):
        _flush(url)
        return url
    server: RedisServer = request.getfixturevalue("redis_server")
    return server.url


@pytest.fixture
def fresh_redis(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FreshRedis]:
    """Factory of Redis servers that are this test's own."""
    with ExitStack() as stack:

        def start(
            *, persistent: bool = False, replica_of: int | None = None
        ) -> RedisServer:
            folder = tmp_path_factory.mktemp("redis")
            server = RedisServer(folder, persistent=persistent, replica_of=replica_of)
            return _started(server, stack)

        yield start


@pytest.fixture(scope="session")
def _session_kafka(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaBroker]:
    if servers := os.environ.get("TEST_KAFKA_BOOTSTRAP_SERVERS"):
        yield RemoteKafka(servers)
        return
    with ExitStack() as stack:
        try:
            server = kafka_server(tmp_path_factory.mktemp("kafka"))
        except MissingServerError as error:
            pytest.skip(str(error))
        yield _started(server, stack)


@pytest.fixture
def kafka(_session_kafka: KafkaBroker) -> KafkaBroker:
    """A Kafka broker, shared by all tests: a test makes topics of its own."""
    if isinstance(_session_kafka, KafkaServer):
        _revive(_session_kafka)
    return _session_kafka


def _started(server: S, stack: ExitStack) -> S:
    try:
        stack.enter_context(server)
    except MissingServerError as error:
        pytest.skip(str(error))
    return server


def _revive(server: Server) -> None:
    """Undo what the test before may have done to *server*."""
    server.thaw()
    server.start()


def _flush(url: str) -> None:
    with redis.Redis.from_url(url) as client:
        client.flushall()


def in_postgres(url: str, statement: str) -> None:
    """Run *statement* in the database that *url* names."""

    async def execute() -> None:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    # In a thread of its own: this one may have an event loop already.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, execute()).result()
