"""How many clicks per second one worker takes out of Kafka: counts, or rows.

`ingest` counts them in PostgreSQL. `rows` enriches them and stores them in ClickHouse,
whose record of blocks is in PostgreSQL; they are those of `bench.analytics.stream`,
compressed with gzip, as is the default, and with lz4. Everything is in Kafka before the
worker starts. Each round has a consumer group and a database of its own, so that the
same clicks are read afresh.
"""

import asyncio
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, aclosing, contextmanager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from urllib.request import urlopen

import asyncpg
from cluster.servers.kafka import KafkaServer, kafka_server
from cluster.servers.postgres import PostgresServer
from cluster.servers.programs import MissingServerError
from cluster.servers.waypost import WaypostProcess
from tests.clickhouse.server import ClickHouseServer

from bench.analytics.stream import demo_clicks
from bench.plan import Plan, progress
from bench.report import Report
from bench.servers import BenchError
from bench.usage import usage_of
from waypost.adapters.kafka.connection import KafkaConnection
from waypost.adapters.kafka.publisher import GZIP, KafkaPublisher
from waypost.adapters.sql.migrate import upgrade
from waypost.domain.clicks import Click, JournaledClick, lane_of

CLICKS_PER_SECOND = 75_000
"""How many clicks are preloaded for each second that a round shall last."""
LINKS = 10_000
CELEBRITY_SHARE = 0.2
"""How many of the clicks are on one link."""
EDGES = 3
PARTITIONS = 8
TOPIC = "click_events"
LZ4 = "lz4"

_LINKS = f"""
INSERT INTO links (id, domain, code, target, created_at, updated_at)
SELECT id, '', 'c' || lpad(id::text, 6, '0'), 'https://example.com/', now(), now()
FROM generate_series(1, {LINKS}) AS id
"""  # a constant
_BATCH = 5_000
_POLL_SECONDS = 0.02
_GIVE_UP_SECONDS = 120.0
_AGENT = (
    b"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) "
    b"Chrome/130.0.0.0 Safari/537.36"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What one worker did."""

    clicks: int
    seconds: float
    cpu_seconds: float
    resident_mb: float


@dataclass(frozen=True, slots=True)
class _Servers:
    """What the workers of all rounds share."""

    kafka: KafkaServer
    postgres: PostgresServer
    folder: Path
    number: int
    """Of the clicks in Kafka."""


def ingest(plan: Plan, report: Report) -> None:
    """Measure how many clicks are counted, by the clock and by processor time."""
    with _preloaded(plan, _clicks) as servers:
        turns = [_count(turn, servers) for turn in range(1, plan.rounds + 1)]
    _report(report, "PostgreSQL", turns)


def rows(plan: Plan, report: Report) -> None:
    """Measure how many clicks are enriched and stored, likewise."""
    with ExitStack() as stack:
        servers = stack.enter_context(_preloaded(plan, _demo_clicks))
        publish = _preload(servers.kafka, _demo_clicks(servers.number), compression=LZ4)
        asyncio.run(publish)
        clickhouse = ClickHouseServer(servers.folder / "clickhouse")
        url = stack.enter_context(clickhouse).url
        both = [
            (_store(f"{turn}", servers, url), _store(f"{turn}_{LZ4}", servers, url))
            for turn in range(1, plan.rounds + 1)
        ]
    _report(report, "ClickHouse", [gzip for gzip, _ in both])
    _report(report, f"ClickHouse, {LZ4}", [lz4 for _, lz4 in both])


def _report(report: Report, to: str, turns: Sequence[Turn]) -> None:
    report.add(f"clicks/s, Kafka to {to}", [t.clicks / t.seconds for t in turns])
    report.add(
        "  per CPU second of the worker",
        [t.clicks / t.cpu_seconds for t in turns],
        at_least=50_000,
    )
    report.add("  resident, MB", [t.resident_mb for t in turns], form=".1f")


@contextmanager
def _preloaded(
    plan: Plan, make: Callable[[int], list[JournaledClick]]
) -> Iterator[_Servers]:
    """Run PostgreSQL, and Kafka with all clicks, meanwhile."""
    number = CLICKS_PER_SECOND * plan.seconds
    folder = plan.folder / "ingest"
    with ExitStack() as stack:
        try:
            kafka = stack.enter_context(kafka_server(folder / "kafka"))
            # As in production: a commit is on the disk before it is one.
            postgres = stack.enter_context(
                PostgresServer(folder / "postgres", durable=True)
            )
        except MissingServerError as error:
            raise BenchError(str(error)) from error
        asyncio.run(_preload(kafka, make(number)))
        yield _Servers(kafka, postgres, folder, number)


async def _preload(
    kafka: KafkaServer, clicks: Sequence[JournaledClick], *, compression: str = GZIP
) -> None:
    """Put *clicks* into Kafka, as the forwarders of several edges would."""
    number = len(clicks)
    began = time.perf_counter()
    publisher = KafkaPublisher(
        KafkaConnection(kafka.bootstrap_servers),
        topic=_topic(compression),
        partitions=PARTITIONS,
        compression=compression,
    )
    async with aclosing(publisher):
        for start in range(0, number, _BATCH):
            await publisher.publish(clicks[start : start + _BATCH])
    rate = number / (time.perf_counter() - began)
    progress("preloaded", {"clicks": f"{number:,}", "published": f"{rate:,.0f}/s"})


def _clicks(number: int) -> list[JournaledClick]:
    """Return clicks of several journals, each of which forwards in turn."""
    chance = random.Random(1)
    sequences = [[count(1) for _ in range(64)] for _ in range(EDGES)]
    clicks = []
    for at in range(number):
        hot = chance.random() < CELEBRITY_SHARE
        link_id = 1 if hot else chance.randrange(2, LINKS + 1)
        code = f"c{link_id:06}"
        lane, edge = lane_of(code), at // _BATCH % EDGES
        click = Click(
            time_ns=time.time_ns(),
            code=code,
            link_id=link_id,
            address="203.0.113.9",
            query=b"utm_source=newsletter",
            host=b"go.example.com",
            user_agent=_AGENT,
            referrer=b"https://www.example.com/",
            language=b"en-US,en;q=0.9",
            purpose=b"",
            fetch=b"none,navigate,document,?1",
            client_hints=b"",
            privacy=b"",
            sender=b"",
        )
        sequence = next(sequences[edge][lane])
        clicks.append(JournaledClick(f"{edge:032x}", lane, sequence, click))
    return clicks


def _topic(compression: str) -> str:
    return TOPIC if compression == GZIP else f"{TOPIC}_{compression}"


def _demo_clicks(number: int) -> list[JournaledClick]:
    """Return clicks of a demonstration in all lanes of one journal."""
    made = demo_clicks(number)
    lanes = [each._replace(lane=at % 64) for at, each in enumerate(made)]
    return [each._replace(sequence=at // 64 + 1) for at, each in enumerate(lanes)]


def _count(turn: int, servers: _Servers) -> Turn:
    """Have a new worker count everything, and look into its database afterwards."""
    url = _database_of(turn, servers)
    done = _worked(
        f"ingest-{turn}", servers, {"DATABASE_URL": url}, "waypost_clicks_counted_total"
    )
    stored = asyncio.run(_counted(url))
    if stored != servers.number:
        raise BenchError(
            f"{servers.number:,} clicks were sent, and {stored:,} counted."
        )
    return done


def _store(turn: str, servers: _Servers, clickhouse: str) -> Turn:
    """Have a new worker store everything, in a database of its own."""
    urlopen(f"{clickhouse}/", data=f"CREATE DATABASE round_{turn}".encode()).close()
    settings = {
        "DATABASE_URL": _database_of(turn, servers),
        "CLICKHOUSE_URL": f"{clickhouse}/round_{turn}",
        "KAFKA_CLICK_TOPIC": _topic(LZ4 if turn.endswith(LZ4) else GZIP),
    }
    return _worked(f"rows-{turn}", servers, settings, "waypost_rows_stored_total")


def _database_of(turn: object, servers: _Servers) -> str:
    name = f"round_{turn}"
    asyncio.run(_execute(servers.postgres.url, f"CREATE DATABASE {name}"))
    url = servers.postgres.url_of(name)
    upgrade(url)
    asyncio.run(_execute(url, _LINKS))
    return url


def _worked(
    name: str, servers: _Servers, settings: Mapping[str, str], metric: str
) -> Turn:
    """Run a worker until *metric* has reached the number of clicks."""
    worker = WaypostProcess(
        servers.folder / name,
        name=name,
        role=name.partition("-")[0],
        settings={
            "KAFKA_BOOTSTRAP_SERVERS": servers.kafka.bootstrap_servers,
            "KAFKA_CLICK_TOPIC": TOPIC,
            "KAFKA_CONSUMER_GROUP": name,
            "KAFKA_ROWS_GROUP": name,
            "LOG_LEVEL": "WARNING",
            **settings,
        },
    )
    with worker:
        done = _watch(worker, servers.number, metric)
    progress(
        name,
        {
            "clicks/s": f"{done.clicks / done.seconds:,.0f}",
            "per CPU second": f"{done.clicks / done.cpu_seconds:,.0f}",
        },
    )
    return done


def _watch(worker: WaypostProcess, number: int, metric: str) -> Turn:
    """Measure from the first batch that is done to the last one."""
    assert worker.pid is not None, "it was started a moment ago"
    deadline = time.monotonic() + _GIVE_UP_SECONDS
    began = first = before = 0.0
    while (counted := _metric(worker.url, metric)) < number:
        if counted and not first:
            began, first = time.perf_counter(), counted
            before = usage_of(worker.pid).cpu_seconds
        if time.monotonic() > deadline:
            raise BenchError(f"Only {counted:,.0f} of {number:,} clicks were taken.")
        time.sleep(_POLL_SECONDS)
    usage = usage_of(worker.pid)
    return Turn(
        clicks=int(number - first),
        seconds=time.perf_counter() - began,
        cpu_seconds=usage.cpu_seconds - before,
        resident_mb=usage.resident_mb,
    )


def _metric(url: str, name: str) -> float:
    with urlopen(f"{url}/metrics", timeout=10) as answer:
        page = answer.read().decode()
    values = [line for line in page.split("\n") if line.startswith(f"{name} ")]
    return float(values[0].rpartition(" ")[2]) if values else 0.0


async def _execute(url: str, statement: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def _counted(url: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval("SELECT sum(clicks) FROM click_counts"))
    finally:
        await connection.close()
