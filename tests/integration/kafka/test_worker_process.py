"""`waypost run ingest` as a process of its own: killed, stopped, asked how it is."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.integration.kafka.ingesting import LINKS, Edge, Topic, until_counted
from waypost.ports.storage import Storage

pytestmark = pytest.mark.slow

WORKER = [sys.executable, "-m", "waypost", "run", "ingest"]


class WorkerProcess:
    """A running worker."""

    def __init__(self, process: subprocess.Popen[bytes], log: Path) -> None:
        self.process = process
        self._log = log

    def events(self) -> list[dict[str, object]]:
        """Return what it has logged."""
        lines = self._log.read_bytes().split(b"\n")[:-1]
        return [json.loads(line) for line in lines]

    async def event(self, name: str) -> dict[str, object]:
        """Return the first event called *name*, once it is logged."""
        while True:
            for event in self.events():
                if event["event"] == name:
                    return event
            assert self.process.poll() is None, self._log.read_text()
            await asyncio.sleep(0.02)

    async def get(self, path: str) -> httpx.Response:
        """Ask it how it is."""
        address = (await self.event("monitor.ready"))["listening"]
        async with httpx.AsyncClient(base_url=f"http://{address}") as client:
            return await client.get(path)

    async def value(self, name: str) -> float:
        """Return what the metric *name* stands at."""
        for line in (await self.get("/metrics")).text.split("\n"):
            if line.startswith(f"{name} "):
                return float(line.rpartition(" ")[2])
        raise AssertionError(name)

    async def end(self, number: signal.Signals) -> int:
        """Send a signal; return the exit status."""
        self.process.send_signal(number)
        return await asyncio.to_thread(self.process.wait, 30)


@contextmanager
def worker(topic: Topic, postgres_url: str, folder: Path) -> Iterator[WorkerProcess]:
    """Run a worker meanwhile."""
    log = folder / "worker.log"
    environment = {
        **os.environ,
        "DATABASE_URL": postgres_url,
        "KAFKA_BOOTSTRAP_SERVERS": topic.kafka.bootstrap_servers,
        "KAFKA_CLICK_TOPIC": topic.name,
        "KAFKA_CONSUMER_GROUP": topic.name,
        "METRICS_PORT": "0",
        "INGESTION_BATCH_SIZE": "500",
        "INGESTION_BLOCK_MS": "20",
        "LOG_FORMAT": "json",
    }
    with (
        log.open("wb") as output,
        subprocess.Popen(WORKER, cwd=folder, env=environment, stderr=output) as process,
    ):
        try:
            yield WorkerProcess(process, log)
        finally:
            process.kill()


async def test_killed_again_and_again(
    topic: Topic, storage: Storage, postgres_url: str, tmp_path: Path
) -> None:
    """At any moment of its death, the next one counts the rest, each once."""
    edge = Edge()
    for _ in range(3):
        with worker(topic, postgres_url, tmp_path) as victim:
            await victim.event("kafka.rebalanced")
            for _ in range(5):
                await topic.publisher.publish(edge.spread(LINKS, 50))
            await victim.end(signal.SIGKILL)
    with worker(topic, postgres_url, tmp_path):
        await until_counted(storage, edge.answered)


async def test_stopped_and_asked(
    topic: Topic, storage: Storage, postgres_url: str, tmp_path: Path
) -> None:
    """It reports its health, stops in an orderly way, and leaves nothing to repeat."""
    edge = Edge()
    await topic.publisher.publish(edge.spread(LINKS, 50))
    with worker(topic, postgres_url, tmp_path) as first:
        await until_counted(storage, edge.answered)
        ready = await first.get("/readyz")
        assert (ready.status_code, ready.json()["checks"]) == (
            200,
            {"database": "healthy", "kafka": "healthy"},
        )
        assert (await first.get("/livez")).status_code == 200
        assert await first.value("waypost_kafka_partitions") == 4
        assert await first.end(signal.SIGTERM) == 0
        assert first.events()[-1]["event"] == "ingest.stopped"
    with worker(topic, postgres_url, tmp_path) as second:
        await topic.publisher.publish(edge.spread(LINKS, 1))
        await until_counted(storage, edge.answered)
        assert await second.value("waypost_clicks_duplicate_total") == 0
