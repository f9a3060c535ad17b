"""What went by Redis while Kafka was away is in Kafka later, and is kept until then."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.journal.samples import open_journal, write_clicks
from tests.unit.services.clicks.publishers import BreakablePublisher, Hot, Reports
from waypost.adapters.journal.files.readers import ReaderFile
from waypost.adapters.journal.reading.follower import JournalFollower
from waypost.adapters.journal.writing.writer import ClickJournal
from waypost.ports.journal import BUS, ROWS
from waypost.services import journal_loop
from waypost.services.analytics import kafka_trail
from waypost.services.analytics.kafka_trail import KafkaTrail
from waypost.services.clicks.failover import Failover, Route
from waypost.services.clicks.forward import ForwardContext, ForwardLoop
from waypost.telemetry.metrics import Metrics


class Forwarder:
    """A forwarder with a trail, whose publishers can break."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.kafka, self.redis, self.reports = (
            BreakablePublisher(),
            BreakablePublisher(),
            Reports(),
        )

    async def drain(self) -> None:
        """Forward what there is, as a new process would."""
        feed = JournalFollower(self.path, metrics=Metrics())
        loop = ForwardLoop(
            ForwardContext(
                feed=feed,
                positions=ReaderFile(self.path, BUS),
                routes=Failover(
                    Route("kafka", self.kafka),
                    fallback=Route("redis", self.redis),
                    retry_seconds=0.0,
                ),
                hot=Hot(),
                trail=KafkaTrail(
                    feed=feed,
                    positions=ReaderFile(self.path, ROWS),
                    kafka=self.kafka,
                    route="kafka",
                    limit=7,
                ),
            ),
            report=self.reports,
            interval=0.002,
            limit=5,
        )
        loop.stop()
        async with asyncio.timeout(120):
            await loop.run()


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[ClickJournal]:
    """An open journal of short segments."""
    with open_journal(tmp_path, readers=(BUS, ROWS), segment_bytes=2_000) as journal:
        yield journal


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have every position reported and on the disk: a new process repeats nothing."""
    monkeypatch.setattr(journal_loop, "HEARTBEAT_SECONDS", 0.0)
    monkeypatch.setattr(kafka_trail, "_SAVE_SECONDS", 0.0)


async def test_nothing_is_published_twice_while_kafka_works(
    journal: ClickJournal, tmp_path: Path
) -> None:
    """The trail is where forwarding is, also in the next process."""
    forwarder = Forwarder(tmp_path)
    for first in (1, 31):
        write_clicks(journal, range(first, first + 30))
        await forwarder.drain()
        last = forwarder.reports.all[-1]
        assert last.position == last.followed == journal.position
    assert forwarder.kafka.links == [*range(1, 61)]


async def test_kafka_gets_what_redis_took(
    journal: ClickJournal, tmp_path: Path
) -> None:
    """While Kafka is away the trail stays; then it gets every click, in order."""
    forwarder = Forwarder(tmp_path)
    write_clicks(journal, range(1, 11))
    await forwarder.drain()
    before = forwarder.reports.all[-1].followed
    forwarder.kafka.is_away = True
    write_clicks(journal, range(11, 41))
    await forwarder.drain()
    last = forwarder.reports.all[-1]
    assert forwarder.redis.links == [*range(11, 41)]
    assert last.position == journal.position
    assert last.followed == before
    forwarder.kafka.is_away = False
    write_clicks(journal, [41])
    await forwarder.drain()
    last = forwarder.reports.all[-1]
    assert last.position == last.followed == journal.position
    assert sorted(set(forwarder.kafka.links)) == [*range(1, 42)]


async def test_it_catches_up_without_new_clicks(
    journal: ClickJournal, tmp_path: Path
) -> None:
    """Reports are whole although no click comes any more."""
    forwarder = Forwarder(tmp_path)
    forwarder.kafka.is_away = True
    write_clicks(journal, range(1, 21))
    await forwarder.drain()
    assert forwarder.kafka.links == []
    forwarder.kafka.is_away = False
    await forwarder.drain()
    assert sorted(set(forwarder.kafka.links)) == [*range(1, 21)]
    assert forwarder.reports.all[-1].followed == journal.position
