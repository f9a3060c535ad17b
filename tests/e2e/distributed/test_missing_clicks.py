"""Clicks that are lost on the bus are seen: how many, where, and not as statistics."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import pytest
import redis
from confluent_kafka import Consumer, TopicPartition
from confluent_kafka.admin import AdminClient

from tests.e2e.process import WaypostProcess
from tests.servers import KafkaBroker

pytestmark = pytest.mark.slow

BOUND_SECONDS = 2
CODES = [f"code{number}" for number in range(8)]


class IngestProcess(WaypostProcess):
    """`waypost run ingest`, whose metrics are on `port`."""

    health_path = "/readyz"

    def __init__(self, data_dir: Path, settings: Mapping[str, str]) -> None:
        super().__init__(data_dir, command=("run", "ingest"))
        self.settings = {**settings, "METRICS_PORT": str(self.port)}


def until(condition: Callable[[], bool]) -> None:
    """Wait until *condition* holds; the test's time-out bounds it."""
    while not condition():
        time.sleep(0.1)


def delete_records(servers: str, topic: str) -> int:
    """Remove all that is in *topic*, as its retention would; return how much it was."""
    reader = Consumer({"bootstrap.servers": servers, "group.id": uuid4().hex})
    places = [
        TopicPartition(topic, at)
        for at in reader.list_topics(topic).topics[topic].partitions
    ]
    marks = [reader.get_watermark_offsets(place, timeout=20) for place in places]
    reader.close()
    ends = [
        TopicPartition(topic, place.partition, end)
        for place, (_, end) in zip(places, marks, strict=True)
    ]
    admin = AdminClient({"bootstrap.servers": servers})
    for deleted in admin.delete_records(ends).values():
        deleted.result(20)
    return sum(end - begin for begin, end in marks)


def under_way(redis_url: str) -> set[bytes]:
    """Return the codes whose clicks are counted by Redis as not counted yet."""
    with redis.Redis.from_url(redis_url) as client:
        return {key.partition(b":")[2] for key in client.keys("click_buffer:*")}


class Product:
    """An app and an ingest worker over real servers, with some links."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self.settings = settings
        self.app = WaypostProcess(
            folder / "app", command=("run", "app"), settings=settings
        )
        self.worker = IngestProcess(folder / "ingest", settings)
        self.forwarded = 0

    def click(self, codes: list[str], times: int) -> int:
        """Follow links; return how many clicks are on the bus because of that."""
        for code in codes * times:
            assert self.app.request(f"/{code}")[0] == 307
        self.forwarded += len(codes) * times
        until(self._are_forwarded)
        return len(codes) * times

    def _are_forwarded(self) -> bool:
        line = f'waypost_clicks_forwarded_total{{route="kafka"}} {self.forwarded}.0\n'
        return line.encode() in self.app.request("/metrics")[2]

    def counted_by_worker(self) -> float:
        """Return how many clicks the running worker has counted."""
        return self.worker.metric("waypost_clicks_counted_total")

    def output(self, *arguments: str) -> str:
        """Return what the command line says."""
        done = subprocess.run(
            [sys.executable, "-m", "waypost", *arguments],
            env={**os.environ, **self.settings},
            stdout=subprocess.PIPE,
            check=False,
            text=True,
        )
        return done.stdout

    def missing(self) -> float:
        """Return how many clicks the running worker says are missing."""
        return self.worker.metric("waypost_clicks_missing")


def test_every_lost_click_is_seen(
    kafka: KafkaBroker,
    postgres_url: str,
    redis_url: str,
    tmp_path: Path,
) -> None:
    """What is reported missing is answered less counted: inside lanes and at ends."""
    if not kafka.is_apache:
        pytest.skip("the stand-in for Kafka deletes no records")
    topic = f"clicks-{uuid4().hex}"
    settings = {
        "DATABASE_URL": postgres_url,
        "REDIS_URL": redis_url,
        "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "KAFKA_CLICK_TOPIC": topic,
        "KAFKA_CONSUMER_GROUP": topic,
        "CLICK_GAP_SECONDS": str(BOUND_SECONDS),
        "REDIS_TIMEOUT_SECONDS": "10",
    }
    product = Product(tmp_path, settings)
    with ExitStack() as stack:
        stack.enter_context(product.app)
        for code in CODES:
            product.app.shorten("https://example.com/", code)
        answered = product.click(CODES[:6], 5)
        with product.worker:
            until(lambda: product.counted_by_worker() == answered)
        lost = product.click(CODES, 4)
        assert delete_records(kafka.bootstrap_servers, topic) == answered + lost
        # Of these codes something comes later, of the others nothing.
        later = product.click(CODES[:3], 2)
        assert under_way(redis_url) == {code.encode() for code in CODES}
        stack.enter_context(product.worker)
        until(lambda: product.counted_by_worker() == later)
        # A clean end states how far the journal was forwarded.
        assert product.app.stop() == 0
        until(lambda: product.missing() == lost)
        product.app.start()
        counted = {
            code: 5 * (code in CODES[:6]) + 2 * (code in CODES[:3]) for code in CODES
        }
        assert {code: product.app.clicks(code) for code in CODES} == counted
        until(lambda: not under_way(redis_url))
        assert product.missing() == lost

    listed = [
        json.loads(line) for line in product.output("missing", "--json").splitlines()
    ]
    assert sum(each["clicks"] for each in listed) == lost
    assert all(each["confirmed_at"] for each in listed)
    assert f"{lost} clicks missing." in product.output("missing")
    check = next(
        each
        for each in json.loads(product.output("doctor", "--json"))["checks"]
        if each["name"] == "missing clicks"
    )
    assert check["status"] == "warning"
    assert check["finding"].startswith(f"{lost} recorded clicks did not come")
    assert listed[0]["journal"] in check["finding"]
    events = [each["event"] for each in product.worker.log_events()]
    assert "clicks.missing" in events
