"""The warmer as a process: one works, one stands by, and both stop at a signal."""

import asyncio
import json
import time
from collections.abc import Callable
from contextlib import ExitStack, aclosing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import redis

from tests.e2e.process import WaypostProcess
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.links import Link

pytestmark = pytest.mark.slow

TRANSFER_SECONDS = 120.0
ROUNDS = "waypost_warm_round_seconds_count"
NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
LINK = Link(
    id=1,
    code="abc1234",
    target="https://example.com/",
    created_at=NOON,
    updated_at=NOON,
)


class WarmerProcess(WaypostProcess):
    """`waypost run warmer`, whose only port is that of health and metrics."""

    health_path = "/readyz"

    def __init__(self, data_dir: Path, *, postgres_url: str, redis_url: str) -> None:
        super().__init__(data_dir, command=("run", "warmer"))
        self.settings = {
            "DATABASE_URL": postgres_url,
            "REDIS_URL": redis_url,
            "METRICS_PORT": str(self.port),
            "CACHE_WARMER_INTERVAL_SECONDS": "0.2",
        }

    @property
    def leads(self) -> bool:
        """Whether it is the one that works."""
        return self.metric("waypost_warm_leader") == 1


async def store(url: str) -> None:
    """Store the link."""
    storage = await SqlStorage.open(url, timeout_seconds=5)
    async with aclosing(storage), storage.transaction() as transaction:
        await transaction.links.add([LINK])


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until *condition* holds."""
    deadline = time.monotonic() + TRANSFER_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.05)


def test_one_warms_and_the_other_takes_over(
    tmp_path: Path, migrated_postgres_url: str, redis_url: str
) -> None:
    """A hot link is put, again whenever it is lost; a killed leader is followed."""
    asyncio.run(store(migrated_postgres_url))
    with redis.Redis.from_url(redis_url) as client, ExitStack() as stack:
        client.zadd("hot_urls", {LINK.code: 5})
        warmers = [
            stack.enter_context(
                WarmerProcess(
                    tmp_path / name,
                    postgres_url=migrated_postgres_url,
                    redis_url=redis_url,
                )
            )
            for name in ("first", "second")
        ]
        first, second = warmers
        wait_until(lambda: client.exists(f"url:{LINK.code}") == 1)
        assert json.loads(client.get(f"url:{LINK.code}"))["original_url"] == LINK.target
        assert (first.leads, second.leads) == (True, False)
        client.delete(f"url:{LINK.code}")
        wait_until(lambda: client.exists(f"url:{LINK.code}") == 1)
        first.kill()
        wait_until(lambda: second.leads and second.metric(ROUNDS) > 0)
        client.flushall()
        wait_until(lambda: client.exists(f"url:{LINK.code}") == 1)
        assert second.stop() == 0
        assert client.exists("warmer:leader") == 0
        events = [event["event"] for event in second.log_events()]
        assert events[-2:] == ["warm.standing_by", "warmer.stopped"]
