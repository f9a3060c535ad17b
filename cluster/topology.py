"""What the cluster consists of, which part needs which, and their settings."""

import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from cluster.servers.kafka import KafkaServer, kafka_server
from cluster.servers.nginx import NginxServer, find_nginx
from cluster.servers.ports import HOST, free_ports
from cluster.servers.postgres import PostgresServer, find_postgres
from cluster.servers.programs import MissingServerError
from cluster.servers.redis import RedisServer, find_redis
from cluster.servers.server import Server
from cluster.servers.waypost import WaypostProcess

DATABASE = "waypost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Size:
    """How many of each there are."""

    apps: int = 2
    keygens: int = 2
    ingests: int = 2
    rows: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Backends:
    """The servers of other products."""

    postgres: PostgresServer
    redis: RedisServer
    redis_replica: RedisServer
    redis_keygen: RedisServer
    kafka: KafkaServer

    def all(self) -> tuple[Server, ...]:
        """Return them, the slowest starter first."""
        redis = (self.redis, self.redis_replica, self.redis_keygen)
        return (self.kafka, self.postgres, *redis)


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """All servers of a cluster; nothing of it has been started."""

    backends: Backends
    keygens: tuple[WaypostProcess, ...]
    apps: tuple[WaypostProcess, ...]
    ingests: tuple[WaypostProcess, ...]
    rows: tuple[WaypostProcess, ...]
    warmer: WaypostProcess
    nginx: NginxServer
    settings: Mapping[str, str]
    """The environment of every Waypost process; it holds secrets."""

    def layers(self) -> Iterator[tuple[Server, ...]]:
        """Yield what may start at once, each layer after those that it needs."""
        yield self.backends.all()
        yield self.keygens
        yield (*self.apps, *self.ingests, *self.rows, self.warmer)
        yield (self.nginx,)

    def background(self) -> tuple[Server, ...]:
        """Return those that no request waits for."""
        return (self.backends.kafka, *self.ingests, *self.rows, self.warmer)


def plan(
    folder: Path, *, size: Size, port: int | None, settings: Mapping[str, str]
) -> Topology:
    """Return a cluster whose servers keep their data below *folder*.

    *port* is nginx's, None takes a free one; *settings* win over what is planned.

    Raises:
        MissingServerError: Programs are not installed; the text names them.
    """
    _require_programs()
    processes = size.apps + size.keygens + size.ingests + size.rows
    ports = iter(free_ports(8 + processes))
    backends = _backends(folder, ports)
    app_ports = [next(ports) for _ in range(size.apps)]
    keygen_ports = [next(ports) for _ in range(size.keygens)]
    nginx = NginxServer(folder / "nginx", apps=app_ports, port=port or next(ports))
    environment = {**_settings(backends, keygen_ports, nginx), **settings}

    def process(role: str, name: str, port: int) -> WaypostProcess:
        return WaypostProcess(
            folder / name, name=name, role=role, settings=environment, port=port
        )

    ingest_ports = [next(ports) for _ in range(size.ingests)]
    rows_ports = [next(ports) for _ in range(size.rows)]
    return Topology(
        backends=backends,
        keygens=_numbered(process, "keygen", keygen_ports),
        apps=_numbered(process, "app", app_ports),
        ingests=_numbered(process, "ingest", ingest_ports),
        rows=_numbered(process, "rows", rows_ports),
        warmer=process("warmer", "warmer", next(ports)),
        nginx=nginx,
        settings=environment,
    )


def _numbered(
    process: Callable[[str, str, int], WaypostProcess], role: str, ports: list[int]
) -> tuple[WaypostProcess, ...]:
    return tuple(
        process(role, f"{role}-{number}", port) for number, port in enumerate(ports, 1)
    )


def _backends(folder: Path, ports: Iterator[int]) -> Backends:
    # What Redis has acknowledged must survive its death: while Kafka is away, clicks
    # are nowhere else.
    redis = RedisServer(folder / "redis", port=next(ports), persistent=True)
    return Backends(
        postgres=PostgresServer(folder / "postgres", port=next(ports), durable=True),
        redis=redis,
        redis_replica=RedisServer(
            folder / "redis-replica",
            name="redis-replica",
            port=next(ports),
            replica_of=redis.port,
        ),
        redis_keygen=RedisServer(
            folder / "redis-keygen",
            name="redis-keygen",
            port=next(ports),
            persistent=True,
        ),
        kafka=kafka_server(
            folder / "kafka", port=next(ports), controller_port=next(ports)
        ),
    )


def _settings(
    backends: Backends, keygens: list[int], nginx: NginxServer
) -> dict[str, str]:
    return {
        "DATABASE_URL": backends.postgres.url_of(DATABASE),
        "REDIS_URL": backends.redis.url,
        "REDIS_REPLICA_URL": backends.redis_replica.url,
        "KAFKA_BOOTSTRAP_SERVERS": backends.kafka.bootstrap_servers,
        "KEYGEN_SERVICE_URL": ",".join(f"http://{HOST}:{port}" for port in keygens),
        "KEYGEN_PRIMARY_REDIS_URL": backends.redis.url,
        "KEYGEN_SECONDARY_REDIS_URL": backends.redis_keygen.url,
        "BASE_URL": nginx.url,
        "ADMIN_TOKEN": secrets.token_urlsafe(24),
        "LOG_FORMAT": "console",
    }


def _require_programs() -> None:
    missing = []
    for find in (find_postgres, find_redis, find_nginx):
        try:
            find()
        except MissingServerError as error:
            missing.append(str(error))
    if missing:
        raise MissingServerError("\n".join(missing))
