"""Each process imports what it needs and nothing else: less to load, less to attack."""

import re
from pathlib import Path

import pytest

from tests.e2e.process import WaypostProcess
from tests.servers import KafkaBroker

pytestmark = pytest.mark.slow

# What `PYTHONPROFILEIMPORTTIME` has Python print for each module.
_IMPORTED = re.compile(r"^import time: +\d+ \| +\d+ \| *([a-zA-Z_0-9]+)$", re.MULTILINE)
_WATCHED = frozenset(
    {
        "alembic",
        "asyncpg",
        "confluent_kafka",
        "fastapi",
        "httptools",
        "httpx",
        "redis",
        "sqlalchemy",
        "starlette",
    }
)


class Traced(WaypostProcess):
    """A process that prints what it imports."""

    def __init__(
        self,
        data_dir: Path,
        *command: str,
        health_path: str = "/livez",
        settings: dict[str, str],
    ) -> None:
        super().__init__(data_dir, command=command)
        self.health_path = health_path
        self.settings = {
            **settings,
            "METRICS_PORT": str(self.port),
            "PYTHONPROFILEIMPORTTIME": "1",
        }

    def imported(self) -> set[str]:
        """Return which of the watched packages it has imported so far."""
        return set(_IMPORTED.findall(self.log.read_text())) & _WATCHED


@pytest.fixture
def settings(migrated_postgres_url: str, redis_url: str) -> dict[str, str]:
    """A database and a Redis, and no Kafka."""
    return {"DATABASE_URL": migrated_postgres_url, "REDIS_URL": redis_url}


def ran(process: Traced, *paths: str) -> set[str]:
    """Return what *process* imports until it has answered *paths* and stopped."""
    with process:
        for path in paths:
            process.request(path)
        assert process.stop() == 0
    return process.imported()


STORE = {"asyncpg", "sqlalchemy"}
API = {"fastapi", "starlette", "httptools"}


def test_embedded_needs_no_driver_of_a_server(tmp_path: Path) -> None:
    """The product of one process runs where no optional package is installed."""
    process = Traced(tmp_path / "data", "serve", settings={})
    imported = ran(process, "/unknown1", "/health")
    assert imported - {"alembic"} == API | {"sqlalchemy"}


def test_app(tmp_path: Path, settings: dict[str, str]) -> None:
    """An app without Kafka and keygen needs neither's client."""
    process = Traced(tmp_path / "data", "run", "app", settings=settings)
    assert ran(process, "/unknown1", "/health") == API | STORE | {"redis"}


def test_edge(tmp_path: Path, settings: dict[str, str]) -> None:
    """An edge has no API."""
    process = Traced(tmp_path / "data", "run", "edge", settings=settings)
    assert ran(process, "/unknown1", "/readyz") == STORE | {"httptools", "redis"}


def test_keygen(tmp_path: Path, settings: dict[str, str]) -> None:
    """Keygen has no framework either."""
    process = Traced(tmp_path / "data", "run", "keygen", settings=settings)
    assert ran(process, "/health") - {"httptools"} == STORE | {"redis"}


def test_warmer(tmp_path: Path, settings: dict[str, str]) -> None:
    """A warmer knows no clicks."""
    process = Traced(tmp_path / "data", "run", "warmer", settings=settings)
    assert ran(process, "/readyz") - {"httptools"} == STORE | {"redis"}


def test_ingest(tmp_path: Path, migrated_postgres_url: str, kafka: KafkaBroker) -> None:
    """An ingest worker without Redis counts clicks from Kafka, and serves no page."""
    settings = {
        "DATABASE_URL": migrated_postgres_url,
        "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "KAFKA_CLICK_TOPIC": tmp_path.name,
        "KAFKA_CONSUMER_GROUP": tmp_path.name,
    }
    process = Traced(tmp_path / "data", "run", "ingest", settings=settings)
    assert ran(process, "/metrics") - {"httptools"} == STORE | {"confluent_kafka"}
