"""The distributed product on one machine: redirects, creates, and how soon clicks show.

Everything runs beside what is measured, on the same cores: PostgreSQL, Redis, Kafka,
the forwarder, an ingest worker. The embedded product takes turns with it.
"""

import asyncio
import json
import os
import random
import signal
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from string import ascii_letters, digits
from typing import NamedTuple

import asyncpg
from cluster.local import Cluster
from cluster.servers.programs import MissingServerError
from cluster.topology import Size

from bench.database import settle, with_links
from bench.load import walk, wrk
from bench.plan import Plan, progress
from bench.redirects import LINKS
from bench.report import Report
from bench.servers import HOST, TARGET, BenchError, Server, waypost
from bench.usage import cpu_seconds_of

CREATE_CONNECTIONS = 128
FIRST_ID = 1_000_000_000
"""Of the links that are made by hand: far from those that keygen leases meanwhile."""
SAMPLES_PER_SECOND = 20
"""How often a click is followed from the redirect to the statistics."""

_DEADLINE_SECONDS = 60.0
_POLL_SECONDS = 0.005
_COUNT = "SELECT clicks FROM click_counts WHERE link_id = $1"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Side:
    """An app of the cluster."""

    port: int
    pid: int
    database: str
    pipeline: Sequence[int]
    """The processes that carry its clicks away: its forwarder and the ingest worker."""

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.port}"

    @contextmanager
    def pipeline_held_back(self) -> Iterator[None]:
        """Have clicks stay in the journal meanwhile; they are counted afterwards."""
        for pid in self.pipeline:
            os.kill(pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for pid in self.pipeline:
                os.kill(pid, signal.SIGCONT)


def distributed(plan: Plan, report: Report) -> None:
    """Measure an app among all others, in turns with the embedded product."""
    data = plan.folder / "distributed-embedded"
    codes = with_links(data, number=LINKS)
    with waypost(data) as embedded, _cluster(plan.folder / "cluster") as side:
        own_codes = asyncio.run(_with_links(side.database))
        (plan.folder / "cluster-codes").write_text("\n".join(own_codes) + "\n")
        walk.follow(embedded.port, codes)
        walk.follow(side.port, own_codes)
        rate = _redirects(plan, report, embedded, side, data)
        _lags(plan, report, side, rate=rate / 2)
        _creates(plan, report, side)


@contextmanager
def _cluster(folder: Path) -> Iterator[_Side]:
    try:
        cluster = Cluster(
            folder,
            size=Size(apps=1, keygens=1, ingests=1),
            settings={"LOG_LEVEL": "WARNING"},
            niceness=19,
        )
    except MissingServerError as error:
        raise BenchError(str(error)) from error
    with cluster:
        app, ingest = cluster.topology.apps[0], cluster.topology.ingests[0]
        assert app.pid is not None, "it has just been started"
        assert ingest.pid is not None, "it has just been started"
        yield _Side(
            port=app.port,
            pid=app.pid,
            database=cluster.topology.settings["DATABASE_URL"],
            pipeline=[*app.children, ingest.pid],
        )


class _Round(NamedTuple):
    """Redirects per second of the app and of the embedded product, in turns."""

    embedded: float
    app: float
    held_back: float
    """The app, while its clicks are kept from the pipeline."""
    beside: float
    """The embedded product, while the pipeline works off what it was kept from."""
    embedded_cpu: float
    """Seconds per 1,000 redirects."""
    app_cpu: float


class _Contest:
    """The app against the embedded product, over the same number of links."""

    def __init__(self, plan: Plan, embedded: Server, side: _Side, data: Path) -> None:
        self._plan = plan
        self._embedded = embedded
        self._side = side
        self._data = data
        self._answered = self._answered_embedded = LINKS

    def round(self) -> _Round:
        """Measure each in turn; no round includes the counting of another."""
        embedded, embedded_cpu = self._follow_embedded()
        self._wait()
        app, app_cpu = self._follow_app()
        self._wait()
        with self._side.pipeline_held_back():
            held_back, _ = self._follow_app()
        beside, _ = self._follow_embedded()
        self._wait()
        return _Round(embedded, app, held_back, beside, embedded_cpu, app_cpu)

    def _follow_embedded(self) -> tuple[float, float]:
        server = self._embedded
        codes = self._data / "codes"
        result, cpu = _followed(self._plan, server.url, server.pid, codes)
        self._answered_embedded += result.requests
        return result.rate, cpu

    def _follow_app(self) -> tuple[float, float]:
        codes = self._plan.folder / "cluster-codes"
        result, cpu = _followed(self._plan, self._side.url, self._side.pid, codes)
        self._answered += result.requests
        return result.rate, cpu

    def _wait(self) -> None:
        """Return once all is counted on both sides."""
        settle(self._data, clicks=self._answered_embedded)
        _wait_until_counted(self._side.database, self._answered)


def _redirects(
    plan: Plan, report: Report, embedded: Server, side: _Side, data: Path
) -> float:
    """Compare the rates; return the cluster's."""
    contest = _Contest(plan, embedded, side, data)
    rounds = []
    for number in range(1, plan.rounds + 1):
        one = contest.round()
        rounds.append(one)
        found = {
            "embedded": f"{one.embedded:,.0f}/s",
            "cluster": f"{one.app:,.0f}/s",
            "pipeline held back": f"{one.held_back:,.0f}/s",
            "embedded beside it": f"{one.beside:,.0f}/s",
        }
        progress(f"round {number} of {plan.rounds}", found)
    for name, ratios in {
        "redirects, app / embedded": [one.app / one.embedded for one in rounds],
        "  both beside the pipeline": [one.app / one.beside for one in rounds],
        "  both without it": [one.held_back / one.embedded for one in rounds],
        "  per CPU second of each process": [
            one.embedded_cpu / one.app_cpu for one in rounds
        ],
    }.items():
        report.add(name, ratios, form=".2f", at_least=0.9)
    ours = [one.app for one in rounds]
    report.add("redirects/s, app of the cluster", ours)
    report.add("  CPU s per 1,000 redirects", [r.app_cpu for r in rounds], form=".3f")
    return sorted(ours)[len(ours) // 2]


def _followed(
    plan: Plan, url: str, pid: int, codes: Path
) -> tuple[wrk.WrkResult, float]:
    """Follow *codes*; return also the process's CPU seconds per 1,000 redirects.

    Of the redirecting process alone, and not of the forwarder, its child.
    """
    before = cpu_seconds_of(pid)
    result = wrk.follow(plan.wrk, url, codes=codes, seconds=plan.seconds)
    used = cpu_seconds_of(pid) - before
    return result, used / result.requests * 1000


def _lags(plan: Plan, report: Report, side: _Side, *, rate: float) -> None:
    """Follow single clicks to the statistics while others visit."""
    with ThreadPoolExecutor(1) as pool:
        visiting = pool.submit(
            wrk.visit,
            plan.wrk,
            side.url,
            codes=plan.folder / "cluster-codes",
            seconds=plan.rounds * plan.seconds,
            rate=rate,
        )
        shown, counted = asyncio.run(_sample(side, until=visiting.done))
        visits = visiting.result()
    report.add("at half of the rate, visits/s", [visits.rate])
    for name, lags in (("live", shown), ("counted", counted)):
        ordered = sorted(lags)
        p99 = ordered[int(len(ordered) * 0.99)]
        report.add(f"  {name} after, p50, s", [ordered[len(lags) // 2]], form=".3f")
        report.add(f"  {name} after, p99, s", [p99], form=".3f", at_most=2.0)


async def _sample(
    side: _Side, *, until: Callable[[], bool]
) -> tuple[list[float], list[float]]:
    shown: list[float] = []
    counted: list[float] = []
    chance = random.Random(3)
    connection = await asyncpg.connect(side.database)
    try:
        while not until():
            link_id = FIRST_ID + LINKS + len(shown)
            code = f"lag{link_id}"
            await _insert(connection, [(link_id, code)])
            began = time.perf_counter()
            await asyncio.to_thread(_get, side.port, f"/{code}")
            await _until_there(partial(asyncio.to_thread, _clicks, side.port, code))
            shown.append(time.perf_counter() - began)
            await _until_there(partial(connection.fetchval, _COUNT, link_id))
            counted.append(time.perf_counter() - began)
            await asyncio.sleep(chance.random() / SAMPLES_PER_SECOND)
    finally:
        await connection.close()
    return shown, counted


async def _until_there(ask: Callable[[], Awaitable[object]]) -> None:
    """Ask for a click, again and again, until it is there."""
    while not await ask():  # noqa: ASYNC110  # there is no event
        await asyncio.sleep(_POLL_SECONDS)


def _creates(plan: Plan, report: Report, side: _Side) -> None:
    results = []
    for number in range(1, plan.rounds + 1):
        result = wrk.create(
            plan.wrk,
            side.url,
            word=f"p{number}",
            connections=CREATE_CONNECTIONS,
            seconds=plan.seconds,
        )
        results.append(result)
        progress(
            f"round {number} of {plan.rounds}", {"creates": f"{result.rate:,.0f}/s"}
        )
    report.add("creates/s on PostgreSQL", [r.rate for r in results], at_least=2000)
    report.add("  p99, ms", [one.p99_ms for one in results], form=".2f")
    failures = sum(one.broken + one.refused for one in results)
    if failures:
        report.errors.append(f"{failures:,} links could not be created.")


def _get(port: int, path: str) -> bytes:
    connection = HTTPConnection(HOST, port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().read()
    finally:
        connection.close()


def _clicks(port: int, code: str) -> int:
    return int(json.loads(_get(port, f"/api/stats/{code}"))["clicks"])


async def _with_links(database: str) -> list[str]:
    """Put links into the database by hand; return their codes."""
    chance = random.Random(7)
    codes = ["".join(chance.choices(ascii_letters + digits, k=7)) for _ in range(LINKS)]
    connection = await asyncpg.connect(database)
    try:
        await _insert(connection, list(enumerate(codes, FIRST_ID)))
    finally:
        await connection.close()
    return codes


async def _insert(
    connection: asyncpg.Connection, links: Sequence[tuple[int, str]]
) -> None:
    now = datetime.now(UTC)
    await connection.executemany(
        "INSERT INTO links (id, domain, code, target, created_at, updated_at, version)"
        " VALUES ($1, '', $2, $3, $4, $4, 1)",
        [(number, code, f"{TARGET}{number}", now) for number, code in links],
    )


def _wait_until_counted(database: str, clicks: int) -> None:
    """Return once *clicks* are counted."""
    deadline = time.monotonic() + _DEADLINE_SECONDS
    while (found := asyncio.run(_counted(database))) < clicks:
        if time.monotonic() > deadline:
            raise BenchError(f"Only {found:,} of {clicks:,} clicks were counted.")
        time.sleep(0.2)


async def _counted(database: str) -> int:
    connection = await asyncpg.connect(database)
    try:
        total = await connection.fetchval(
            "SELECT coalesce(sum(clicks), 0) FROM click_counts"
        )
        return int(total)
    finally:
        await connection.close()
