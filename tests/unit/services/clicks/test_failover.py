"""Which way clicks take while servers come and go."""

import pytest
from structlog.testing import capture_logs

from tests.fakes import SettableClock
from tests.unit.journal.samples import sample_click
from tests.unit.services.clicks.publishers import BreakablePublisher
from waypost.domain.clicks import JournaledClick
from waypost.domain.errors import BackendUnavailable
from waypost.services.clicks.failover import Failover, Route

CLICKS = [JournaledClick("j", 0, 1, sample_click(1))]


class _Ways:
    """Two buses, and a clock between attempts."""

    def __init__(self, *, fallback: bool = True) -> None:
        self.kafka, self.redis, self.clock = (
            BreakablePublisher(),
            BreakablePublisher(),
            SettableClock(),
        )
        self.routes = Failover(
            Route("kafka", self.kafka),
            fallback=Route("redis", self.redis) if fallback else None,
            retry_seconds=3,
            clock=self.clock.monotonic,
        )


async def test_primary_way() -> None:
    """As long as it works, nothing takes another one."""
    ways = _Ways()
    assert [await ways.routes.publish(CLICKS) for _ in range(3)] == ["kafka"] * 3
    assert (ways.kafka.calls, ways.redis.calls) == (3, 0)


async def test_fallback_and_back() -> None:
    """A batch that failed goes the other way whole; now and then one tries again."""
    ways = _Ways()
    ways.kafka.is_away = True
    with capture_logs() as logs:
        assert await ways.routes.publish(CLICKS) == "redis"
        ways.clock.move(2.9)
        assert await ways.routes.publish(CLICKS) == "redis"
        assert ways.kafka.calls == 1
        ways.clock.move(0.2)
        assert await ways.routes.publish(CLICKS) == "redis"
        assert ways.kafka.calls == 2
        ways.kafka.is_away = False
        assert await ways.routes.publish(CLICKS) == "redis"
        ways.clock.move(3.1)
        assert await ways.routes.publish(CLICKS) == "kafka"
        assert await ways.routes.publish(CLICKS) == "kafka"
    assert (len(ways.kafka.batches), len(ways.redis.batches)) == (2, 4)
    changes = [(entry["event"], entry["route"]) for entry in logs]
    assert changes == [
        ("forward.route_changed", "redis"),
        ("forward.route_changed", "kafka"),
    ]


async def test_both_away() -> None:
    """It fails, and the next batch tries both at once."""
    ways = _Ways()
    ways.kafka.is_away = ways.redis.is_away = True
    for attempt in (1, 2, 3):
        with pytest.raises(BackendUnavailable):
            await ways.routes.publish(CLICKS)
        assert (ways.kafka.calls, ways.redis.calls) == (attempt, attempt)
    ways.kafka.is_away = False
    assert await ways.routes.publish(CLICKS) == "kafka"


async def test_no_fallback() -> None:
    """Without another way, each batch tries the only one."""
    ways = _Ways(fallback=False)
    ways.kafka.is_away = True
    for _ in range(2):
        with pytest.raises(BackendUnavailable):
            await ways.routes.publish(CLICKS)
    ways.kafka.is_away = False
    assert await ways.routes.publish(CLICKS) == "kafka"
    assert (ways.kafka.calls, ways.redis.calls) == (3, 0)
