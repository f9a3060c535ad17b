"""Which servers the settings name, read in one place."""

from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from waypost.config import Settings
from waypost.ports.journal import BUS, COUNTS, ROWS


class StoreKind(StrEnum):
    """Where links are kept. The values are the schemes of `DATABASE_URL`."""

    MEMORY = "memory"
    SQLITE = "sqlite"
    POSTGRES = "postgresql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Topology:
    """The servers that a deployment consists of, besides Waypost's own processes."""

    store: StoreKind
    has_redis: bool
    """Processes share a cache, and clicks have a second route while Kafka is away."""
    has_kafka: bool
    """Clicks are counted by other processes."""
    has_reports: bool
    """Clicks are stored for reports."""
    has_clickhouse: bool
    """They are stored in ClickHouse."""

    @property
    def journal_readers(self) -> tuple[str, ...]:
        """What reads the click journals, first that by which clicks are counted."""
        first = BUS if self.has_kafka else COUNTS
        return (first, ROWS) if self.has_reports else (first,)

    @property
    def is_lasting(self) -> bool:
        """Whether the database outlives the process."""
        return self.store is not StoreKind.MEMORY

    @property
    def is_shared(self) -> bool:
        """Whether several processes, on several machines, can use the database."""
        return self.store is StoreKind.POSTGRES


def topology_of(settings: Settings) -> Topology:
    """Return which servers *settings* name."""
    store = StoreKind(urlsplit(settings.database_url).scheme)
    return Topology(
        store=store,
        has_redis=bool(settings.REDIS_URL),
        has_kafka=bool(settings.KAFKA_BOOTSTRAP_SERVERS),
        has_clickhouse=bool(settings.CLICKHOUSE_URL),
        has_reports=settings.REPORTS and store is not StoreKind.MEMORY,
    )
