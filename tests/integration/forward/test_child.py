"""The forwarder as a process of its own: it dies, its parent dies, Kafka dies."""

import asyncio
import json
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
import redis

from tests.integration.forward.records import (
    assert_in_order,
    first_ids,
    new_topic,
    read_topic,
)
from tests.servers import KafkaBroker
from tests.unit.journal.samples import open_journal, sample_click
from waypost.adapters.journal.files.readers import ReaderFile
from waypost.adapters.journal.writing import progress
from waypost.adapters.journal.writing.watch import JournalWatch
from waypost.adapters.journal.writing.writer import ClickJournal
from waypost.config import Settings, load_settings
from waypost.domain.clicks import JournaledClick, lane_of
from waypost.domain.errors import BackendUnavailable
from waypost.ports.journal import BUS
from waypost.processes.running.readers.forwarding import ForwarderChild, forwarding
from waypost.telemetry.metrics import Metrics
from waypost.wire.click_event import event_id

PARTITIONS = 4
WAIT_SECONDS = 240.0

pytestmark = pytest.mark.slow


class Edge:
    """A journal that is written, and what its clicks' identities are."""

    def __init__(self, settings: Settings, journal: ClickJournal) -> None:
        self.settings = settings
        self.journal = journal
        self.clicks: list[JournaledClick] = []
        self.metrics = Metrics()
        self.release = partial(journal.release, reader=BUS)

    def record(self, count: int) -> None:
        """Record *count* clicks on a few links."""
        for number in range(count):
            click = sample_click(number % 30, time_ns=time.time_ns())
            lane = lane_of(click.code)
            self.journal.record(click, lane)
            name, sequence = self.journal.journal, self.journal.last[lane] + 1
            self.journal.commit()
            self.clicks.append(JournaledClick(name, lane, sequence, click))

    @property
    def ids(self) -> list[str]:
        """The identities of all clicks."""
        return [event_id(click) for click in self.clicks]

    def value(self, name: str, **labels: str) -> float:
        """Return a metric's value."""
        return self.metrics.registry.get_sample_value(name, labels) or 0.0

    def forwarded(self, route: str = "kafka") -> float:
        """Return how many clicks the parent knows to be on the bus."""
        return self.value("waypost_clicks_forwarded_total", route=route)

    def assert_all_in_kafka(self) -> None:
        """Every click is in its partition, and the first copies are in order."""
        found = read_topic(
            self.settings.KAFKA_BOOTSTRAP_SERVERS,
            self.settings.KAFKA_CLICK_TOPIC,
            until=self.ids,
            partitions=PARTITIONS,
        )
        assert_in_order(found, self.clicks, PARTITIONS)


@asynccontextmanager
async def _edge(
    tmp_path: Path, servers: str, **more: str | float
) -> AsyncIterator[Edge]:
    settings = load_settings(
        DATA_DIR=tmp_path,
        KAFKA_BOOTSTRAP_SERVERS=servers,
        KAFKA_CLICK_TOPIC=new_topic(),
        KAFKA_CLICK_PARTITIONS=PARTITIONS,
        LOG_FORMAT="json",
        **more,
    )
    with open_journal(
        tmp_path / "journal", readers=[BUS], segment_bytes=20_000
    ) as journal:
        yield Edge(settings, journal)


async def _until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while not condition():  # noqa: ASYNC110  # of another process
            await asyncio.sleep(0.02)


def _is_running(pid: int) -> bool:
    """Return whether a process lives; a zombie does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] != "Z"


async def test_forwarding(tmp_path: Path, kafka: KafkaBroker) -> None:
    """Clicks reach Kafka, segments go, figures are there, stopping drains."""
    async with _edge(tmp_path, kafka.bootstrap_servers) as edge:
        journal = edge.journal
        async with forwarding(
            edge.settings,
            release=edge.release,
            metrics=edge.metrics,
        ):
            edge.record(500)
            await _until(lambda: edge.forwarded() == 500)
            await _until(lambda: len(journal.segments) == 1)
            edge.record(300)
        assert edge.forwarded() == 800
        saved = await ReaderFile(tmp_path / "journal", BUS).load(journal.journal)
        assert saved == journal.position
        assert edge.value("waypost_forwarder_restarts_total") == 0
        edge.assert_all_in_kafka()


async def test_a_stopped_forwarder_is_seen(
    tmp_path: Path, kafka: KafkaBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A reader that hangs is named, its clicks wait, and it goes on where it was."""
    monkeypatch.setattr(progress, "STALLED_SECONDS", 0.5)
    async with _edge(tmp_path, kafka.bootstrap_servers) as edge:
        watch = JournalWatch(edge.journal)
        async with forwarding(
            edge.settings, release=edge.release, metrics=edge.metrics
        ) as child:
            edge.record(100)
            await _until(lambda: edge.forwarded() == 100)
            assert child.pid
            os.kill(child.pid, signal.SIGSTOP)
            edge.record(400)
            await _until(lambda: edge.journal.readers.stalled() == [BUS])
            with pytest.raises(BackendUnavailable):
                await watch.check_readers()
            unread = edge.journal.readers.unread(BUS)
            assert unread > 400 * 100
            os.kill(child.pid, signal.SIGCONT)
            await _until(lambda: edge.forwarded() == 500)
            await _until(lambda: not edge.journal.readers.unread(BUS))
            await watch.check_readers()
        edge.assert_all_in_kafka()


async def test_killed_forwarder(tmp_path: Path, kafka: KafkaBroker) -> None:
    """It is started again, and goes on where the last one was."""
    async with _edge(tmp_path, kafka.bootstrap_servers) as edge:
        async with forwarding(
            edge.settings,
            release=edge.release,
            metrics=edge.metrics,
        ) as child:
            for restarts in (1, 2):
                await _kill_under_load(edge, child, restarts)
        edge.assert_all_in_kafka()


async def _kill_under_load(edge: Edge, child: ForwarderChild, restarts: int) -> None:
    edge.record(2_000)
    before = edge.forwarded()
    await _until(lambda: edge.forwarded() > before)
    edge.record(2_000)
    assert child.pid is not None
    os.kill(child.pid, signal.SIGKILL)
    await _until(lambda: edge.value("waypost_forwarder_restarts_total") == restarts)


async def test_frozen_kafka(tmp_path: Path, kafka: KafkaBroker, redis_url: str) -> None:
    """Both ways shut, then one, then the other: nothing is lost."""
    with redis.Redis.from_url(redis_url) as client:
        client.config_set("appendonly", "yes")
        async with (
            _edge(tmp_path, kafka.bootstrap_servers, REDIS_URL=redis_url) as edge,
            forwarding(
                edge.settings,
                release=edge.release,
                metrics=edge.metrics,
            ),
        ):
            edge.record(200)
            await _until(lambda: edge.forwarded() == 200)
            kafka.freeze()
            edge.record(200)
            await _until(lambda: edge.forwarded("redis") == 200)
            assert client.xlen(edge.settings.CLICK_FALLBACK_STREAM_KEY) == 200
            kafka.thaw()
            while edge.forwarded() == 200:
                edge.record(10)
                await asyncio.sleep(0.1)
        client.config_set("appendonly", "no")
        stream = client.xrange(edge.settings.CLICK_FALLBACK_STREAM_KEY)
        assert isinstance(stream, list)
        events = [json.loads(entry[b"event"]) for _, entry in stream]
        assert client.get("click_buffer:c1")
    found = read_topic(
        kafka.bootstrap_servers,
        edge.settings.KAFKA_CLICK_TOPIC,
        until=edge.ids[:200],
        partitions=PARTITIONS,
    )
    in_kafka = {at for records in found.values() for at in first_ids(records)}
    in_redis = {f"{at['journal']}-{at['lane']}-{at['sequence']}" for at in events}
    assert in_kafka | in_redis == {*edge.ids}


async def test_killed_kafka(tmp_path: Path, kafka: KafkaBroker) -> None:
    """Without another way the journal grows, and drains in order afterwards."""
    if not kafka.is_apache:
        pytest.skip("the stand-in forgets everything when it stops")
    async with _edge(tmp_path, kafka.bootstrap_servers) as edge:
        async with forwarding(
            edge.settings,
            release=edge.release,
            metrics=edge.metrics,
        ):
            edge.record(300)
            await _until(lambda: edge.forwarded() > 0)
            kafka.kill()
            edge.record(1_000)
            await _until(lambda: edge.value("waypost_forward_failures_total") > 0)
            assert len(edge.journal.segments) > 3
            await asyncio.to_thread(kafka.start)
            await _until(lambda: edge.forwarded() == 1_300)
            await _until(lambda: len(edge.journal.segments) == 1)
        edge.assert_all_in_kafka()


_PARENT = """\
import asyncio, sys
from functools import partial
from pathlib import Path
from tests.unit.journal.samples import open_journal
from waypost.config import load_settings
from waypost.ports.journal import BUS
from waypost.processes.running.readers.forwarding import forwarding
from waypost.telemetry.metrics import Metrics

async def main(folder, servers):
    settings = load_settings(DATA_DIR=folder, KAFKA_BOOTSTRAP_SERVERS=servers)
    with open_journal(folder / "journal", readers=[BUS]) as journal:
        async with forwarding(
            settings, release=partial(journal.release, reader=BUS), metrics=Metrics()
        ) as child:
            while child.pid is None:
                await asyncio.sleep(0.01)
            print(child.pid, flush=True)
            await asyncio.sleep(600)

asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
"""


async def test_killed_parent(tmp_path: Path, kafka: KafkaBroker) -> None:
    """A forwarder without an edge ends, so that the next edge's can begin."""
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", _PARENT, str(tmp_path), kafka.bootstrap_servers),
        stdout=PIPE,
    )
    assert parent.stdout is not None
    pid = int(await parent.stdout.readline())
    assert _is_running(pid)
    parent.kill()
    await parent.wait()
    await _until(lambda: not _is_running(pid))


async def test_two_forwarders(tmp_path: Path, kafka: KafkaBroker) -> None:
    """The second waits until the first has ended, and then goes on."""
    async with _edge(tmp_path, kafka.bootstrap_servers) as edge:
        edge.record(1)
        first = await _start(edge.settings)
        assert first.stdout is not None
        await first.stdout.readline()
        assert json.loads(await first.stdout.readline())["clicks"] == 1
        second = await _start(edge.settings, stderr=PIPE)
        assert second.stderr is not None
        assert second.stdout is not None
        waiting = json.loads(await second.stderr.readline())
        assert waiting["event"] == "journal.reader_waits_for_lock"
        first.terminate()
        assert await first.wait() == 0
        edge.record(1)
        await second.stdout.readline()
        assert json.loads(await second.stdout.readline())["position"]
        assert second.stdin is not None
        second.stdin.close()
        await second.communicate()
        await first.communicate()


async def test_stopped_while_waiting_for_the_lock(tmp_path: Path) -> None:
    """A waiting forwarder can be stopped."""
    async with _edge(tmp_path, "127.0.0.1:1") as edge:
        first = await _start(edge.settings)
        assert first.stdout is not None
        await first.stdout.readline()
        second = await _start(edge.settings, stderr=PIPE)
        assert second.stderr is not None
        await second.stderr.readline()
        for process in (second, first):
            process.terminate()
            await process.communicate()
            assert process.returncode == 0


async def _start(settings: Settings, *, stderr: int | None = None) -> Process:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "waypost.processes.forwarder"),
        stdin=PIPE,
        stdout=PIPE,
        stderr=stderr,
        # It lowers the priority of its session, which must not be that of the tests.
        start_new_session=True,
    )
    assert process.stdin is not None
    process.stdin.write(settings.model_dump_json().encode() + b"\n")
    await process.stdin.drain()
    return process
