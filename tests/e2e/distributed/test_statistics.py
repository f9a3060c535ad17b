"""Statistics of the cluster: at once, never above the truth, never falling."""

import asyncio
import json
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
import redis
from cluster.chaos.checks import doubtful_tries, settled, wrong_statistics
from cluster.chaos.client import Client, UnansweredError
from cluster.chaos.offers import Offer
from cluster.chaos.score import Score
from cluster.chaos.statistics import StatisticsReader
from cluster.local import Cluster

pytestmark = pytest.mark.slow

CLICKS = 3_000
FOLLOWERS = 8
PAUSE_SECONDS = 0.08
"""How long a follower rests: there are clicks until the last part is back."""
POLLERS = 2
RESTARTED = ("app-1", "ingest-1", "kafka", "redis", "postgres")
TARGET = "https://example.com/"


async def create(port: int) -> str:
    """Create a link, and return its code."""
    async with Client(port) as client:
        body = json.dumps({"url": TARGET}).encode()
        answer = await client.request("POST", "/api/shorten", body)
    code: str = json.loads(answer.body)["short_code"]
    return code


async def test_a_click_is_in_its_own_apps_statistics_at_once(cluster: Cluster) -> None:
    """A visitor who follows a link and then asks the same app sees the click.

    A machine that is too busy to count within two seconds is late now and then, never
    wrong. Without the wait, none would be there: counting takes longer than asking.
    """
    code = await create(cluster.topology.nginx.port)
    at_once = []
    for followed, app in enumerate(cluster.topology.apps * 10, 1):
        async with Client(app.port) as client:
            assert (await client.request("GET", f"/{code}")).status == 307
            seen = await clicks(app.port, code)
            assert seen <= followed
            at_once.append(seen == followed)
    assert any(at_once)


async def test_numbers_never_fall_nor_exceed_the_truth(cluster: Cluster) -> None:
    """Through thousands of clicks, kills of each part, and a Redis that forgets."""
    nginx = cluster.topology.nginx
    code = await create(nginx.port)
    score = Score(promised={code: Offer(target=TARGET, options={})})
    left = iter(range(CLICKS))
    async with polling(nginx.port, code, score):
        followers = [
            asyncio.create_task(follow(nginx.port, code, score, left))
            for _ in range(FOLLOWERS)
        ]
        for name in RESTARTED:
            await asyncio.to_thread(cluster.processes[name].kill)
            await asyncio.sleep(0.5)
            await asyncio.to_thread(cluster.processes[name].start)
        forget_everything(cluster.topology.settings["REDIS_URL"])
        await asyncio.gather(*followers)
        database = cluster.topology.settings["DATABASE_URL"]
        await settled(
            database,
            complete=lambda tally: Counter(tally.counts) >= score.answered,
            seconds=300,
        )
    assert score.answered[code] > CLICKS / 2
    assert score.polls > 100
    assert score.wrong == []
    doubtful = doubtful_tries(nginx.tries)
    assert wrong_statistics(score, doubtful) == []
    final = await clicks(nginx.port, code)
    assert score.answered[code] <= final
    assert final <= score.sent[code] + doubtful[code]


@asynccontextmanager
async def polling(port: int, code: str, score: Score) -> AsyncIterator[None]:
    """Read the statistics of *code* meanwhile."""
    reader = StatisticsReader(score)

    async def poll() -> None:
        async with Client(port) as client:
            while True:
                await reader.read(client, code)
                await asyncio.sleep(0.05)

    tasks = [asyncio.create_task(poll()) for _ in range(POLLERS)]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    assert all(isinstance(each, asyncio.CancelledError) for each in ended), ended


async def follow(port: int, code: str, score: Score, left: Iterator[int]) -> None:
    """Follow *code* as long as there are clicks *left*."""
    async with Client(port) as client:
        for _ in left:
            score.sent[code] += 1
            try:
                answer = await client.request("GET", f"/{code}")
            except UnansweredError:
                continue
            score.answered[code] += answer.status == 307
            await asyncio.sleep(PAUSE_SECONDS)


def forget_everything(url: str) -> None:
    """Have Redis lose its memory."""
    with redis.Redis.from_url(url) as client:
        client.flushall()


async def clicks(port: int, code: str) -> int:
    """Return what the statistics say."""
    async with Client(port) as client:
        answer = await client.request("GET", f"/api/stats/{code}")
    return int(json.loads(answer.body)["clicks"])
