"""The tables in ClickHouse, and how they are made.

Each step may run again, and in several processes at once: it makes only what is
missing. A step is never changed once it was released; the next one is appended.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from waypost.adapters.clickhouse.client import ClickHouse
from waypost.adapters.clickhouse.columns import TEXT
from waypost.domain.analytics.dimensions import DIMENSIONS, PLACES, Dimension
from waypost.domain.errors import Unusable

_WINDOW: Final = 10_000
"""Of how many of the last blocks the token is remembered."""
_TOTAL: Final = 100
"""In place of a dimension of roll-ups: all clicks."""
_CLUSTER_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*|\{[a-z_]+\}")


class ClickHouseUnusable(Unusable):
    """This ClickHouse server cannot be used; the text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Tables:
    """The names of the tables, on one server or on a cluster."""

    cluster: str = ""
    """Its name in the servers' configuration; empty: there is one server."""

    events: str = "click_events"
    """Where clicks are added and read."""
    rollups: str = "click_rollups"

    def __post_init__(self) -> None:
        if self.cluster and not _CLUSTER_NAME.fullmatch(self.cluster):
            raise ClickHouseUnusable(
                "CLICKHOUSE_CLUSTER is no name of a cluster. Use the name in "
                "`SELECT cluster FROM system.clusters`, or the macro {cluster}."
            )

    @property
    def own_events(self) -> str:
        """The table that holds the clicks of one server: it is changed."""
        return self._own(self.events)

    @property
    def own_rollups(self) -> str:
        """The table that holds the roll-ups of one server."""
        return self._own(self.rollups)

    @property
    def on_cluster(self) -> str:
        """What follows the table's name, so that a statement reaches each server."""
        return f" ON CLUSTER '{self.cluster}'" if self.cluster else ""

    def _own(self, table: str) -> str:
        return f"{table}_local" if self.cluster else table

    def engine(self, name: str = "MergeTree") -> str:
        """Return the engine *name* of a table, replicated on a cluster."""
        if not self.cluster:
            return name
        return (
            f"Replicated{name}('/clickhouse/tables/{{shard}}/{{database}}/{{table}}', "
            "'{replica}')"
        )

    @property
    def window(self) -> str:
        """The setting by which a block that is sent again is left out."""
        if not self.cluster:
            return f"non_replicated_deduplication_window = {_WINDOW}"
        return (
            f"replicated_deduplication_window = {_WINDOW}, "
            "replicated_deduplication_window_seconds = 604800"
        )


def _events(tables: Tables) -> Sequence[str]:
    plain = DIMENSIONS[: PLACES[Dimension.AGENT]]
    dimensions = "".join(f"  {each.value} {TEXT} CODEC(ZSTD(1)),\n" for each in plain)
    statements = [
        (
            f"CREATE TABLE IF NOT EXISTS {tables.own_events}{tables.on_cluster} (\n"
            "  short_code String CODEC(ZSTD(1)),\n"
            "  delta UInt32 DEFAULT 1 CODEC(ZSTD(1)),\n"
            "  event_time DateTime64(3, 'UTC') CODEC(Delta(8), ZSTD(1)),\n"
            "  event_date Date DEFAULT toDate(event_time) CODEC(Delta(2), ZSTD(1)),\n"
            "  link_id UInt64 CODEC(Delta(8), ZSTD(1)),\n"
            f"  journal {TEXT} CODEC(ZSTD(1)),\n"
            "  lane UInt8 CODEC(ZSTD(1)),\n"
            "  sequence UInt64 CODEC(Delta(8), ZSTD(1)),\n"
            f"{dimensions}"
            f"  agent {TEXT} CODEC(ZSTD(1)),\n"
            "  visitor UInt64 CODEC(NONE),\n"
            "  block UInt64 CODEC(T64, ZSTD(1))\n"
            f") ENGINE = {tables.engine()}\n"
            "PARTITION BY toMonday(event_date) ORDER BY (link_id, event_time)\n"
            f"SETTINGS {tables.window}"
        )
    ]
    return [*statements, *_distributed(tables, tables.events, "cityHash64(link_id)")]


def _rollups(tables: Tables) -> Sequence[str]:
    statements = [
        (
            f"CREATE TABLE IF NOT EXISTS {tables.own_rollups}{tables.on_cluster} (\n"
            "  scope Int64 CODEC(Delta(8), ZSTD(1)),\n"
            "  day Date CODEC(Delta(2), ZSTD(1)),\n"
            "  dim UInt8 CODEC(ZSTD(1)),\n"
            "  value String CODEC(ZSTD(1)),\n"
            "  version UInt64 CODEC(ZSTD(1)),\n"
            "  people UInt64 CODEC(T64, ZSTD(1)),\n"
            "  machines UInt64 CODEC(T64, ZSTD(1)),\n"
            "  visitors UInt64 CODEC(T64, ZSTD(1))\n"
            f") ENGINE = {tables.engine()}\n"
            "PARTITION BY toYear(day) ORDER BY (scope, dim, day, value)\n"
            f"SETTINGS {tables.window}"
        )
    ]
    return [*statements, *_distributed(tables, tables.rollups, "cityHash64(scope)")]


def _distributed(tables: Tables, table: str, shard: str) -> Sequence[str]:
    if not tables.cluster:
        return []
    return [
        (
            f"CREATE TABLE IF NOT EXISTS {table}{tables.on_cluster} AS {table}_local "
            f"ENGINE = Distributed('{tables.cluster}', currentDatabase(), "
            f"{table}_local, {shard})"
        )
    ]


def _choices(tables: Tables) -> Sequence[str]:
    """Return what adds rule and variant; clicks that are there have neither."""
    added = (Dimension.RULE, Dimension.VARIANT)
    both = dict.fromkeys((tables.own_events, tables.events))
    columns = [
        f"ALTER TABLE {table}{tables.on_cluster} "
        f"ADD COLUMN IF NOT EXISTS {each.value} {TEXT}"
        for table in both
        for each in added
    ]
    return [*columns, *(_unknown_before(tables, PLACES[each]) for each in added)]


def _unknown_before(tables: Tables, place: int) -> str:
    """Return what makes all clicks of roll-ups without a dimension unknown."""
    columns = "scope, day, dim, value, version, people, machines, visitors"
    return (
        f"INSERT INTO {tables.rollups} ({columns}) "
        # Without names, which would stand for the columns in the condition.
        f"SELECT scope, day, {place}, '', version, people, machines, "
        f"visitors FROM {tables.rollups} WHERE dim = {_TOTAL} "
        f"AND (scope, day, version) NOT IN (SELECT scope, day, version "
        f"FROM {tables.rollups} WHERE dim = {place})"
    )


STEPS: Final[Sequence[Callable[[Tables], Sequence[str]]]] = (
    lambda tables: [*_events(tables), *_rollups(tables)],
    _choices,
)
"""The steps in order: a schema of version n has seen the first n."""


def statements(tables: Tables, *, above: int = 0) -> Sequence[str]:
    """Return what makes the tables from version *above* on."""
    return [sql for step in STEPS[above:] for sql in step(tables)]


async def migrate(server: ClickHouse, tables: Tables) -> None:
    """Make the tables that are missing.

    Raises:
        ClickHouseUnusable: They were made by a newer release.
        BackendUnavailable: The server does not answer, or refuses.
    """
    await server.run(
        f"CREATE TABLE IF NOT EXISTS waypost_schema{tables.on_cluster} "
        "(version UInt32, applied_at DateTime('UTC') DEFAULT now()) "
        f"ENGINE = {tables.engine()} ORDER BY version"
    )
    version = await schema_version(server)
    if version > len(STEPS):
        raise ClickHouseUnusable(
            f"The tables in ClickHouse were made by a newer release of Waypost "
            f"(version {version} of them; this release knows {len(STEPS)}). Install "
            "that release or a later one."
        )
    for sql in statements(tables, above=version):
        # By its token, so that two processes add the same rows once.
        token = sha256(sql.encode()).hexdigest()
        once: dict[str, str | int] = {
            "insert_deduplicate": 1,
            "insert_deduplication_token": token,
        }
        await server.run(sql, settings=once)
    if version < len(STEPS):
        await server.run(
            "INSERT INTO waypost_schema (version) SELECT {version:UInt32}",
            {"version": len(STEPS)},
        )


async def schema_version(server: ClickHouse) -> int:
    """Return how many steps the tables have seen.

    Raises:
        BackendUnavailable: The server does not answer, or has no such table.
    """
    ((version,),) = await server.read("SELECT max(version) FROM waypost_schema", {})
    assert isinstance(version, int), "the column is a number"
    return version
