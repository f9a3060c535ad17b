"""Drivers that the settings ask for, and how to install those that are missing."""

from importlib.util import find_spec
from typing import Final, NamedTuple

from waypost.config import Settings
from waypost.wiring.topology import topology_of


class Driver(NamedTuple):
    """The driver of one kind of server."""

    server: str
    modules: tuple[str, ...]
    extra: str

    @property
    def is_missing(self) -> bool:
        """Whether it is not installed completely."""
        return not all(map(find_spec, self.modules))

    @property
    def lack(self) -> str:
        """The sentence for a user who lacks the driver."""
        return f"{self.server} needs a driver that is not installed."

    @property
    def remedy(self) -> str:
        """How to install it in a clone, in one sentence."""
        return f"Run `make drivers`, or `.venv/bin/pip install -e '.[{self.extra}]'`."

    @property
    def advice(self) -> str:
        """Both sentences."""
        return f"{self.lack} {self.remedy}"


POSTGRES: Final = Driver("PostgreSQL", ("asyncpg", "greenlet"), "postgres")
REDIS: Final = Driver("Redis", ("redis",), "redis")
KAFKA: Final = Driver("Kafka", ("confluent_kafka",), "kafka")
CLICKHOUSE: Final = Driver(
    "ClickHouse", ("clickhouse_connect", "aiohttp"), "clickhouse"
)

PARQUET: Final = Driver("Parquet", ("pyarrow",), "parquet")


def drivers_of(settings: Settings) -> list[Driver]:
    """Return the drivers of all servers that *settings* name."""
    topology = topology_of(settings)
    named = {
        POSTGRES: topology.is_shared,
        REDIS: any(
            (
                topology.has_redis,
                settings.KEYGEN_PRIMARY_REDIS_URL,
                settings.KEYGEN_SECONDARY_REDIS_URL,
            )
        ),
        KAFKA: topology.has_kafka,
        CLICKHOUSE: settings.CLICKHOUSE_URL,
    }
    return [driver for driver, is_named in named.items() if is_named]


def missing_drivers(settings: Settings) -> list[Driver]:
    """Return those of `drivers_of` that are not installed."""
    return [driver for driver in drivers_of(settings) if driver.is_missing]
