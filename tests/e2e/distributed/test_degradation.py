"""Servers and processes are away for a while: what goes on, what says so, what heals.

All tests share one installation, whose redirects are counted over all of them: a click
that is lost or counted twice fails the test that it belongs to, or the next one.
"""

import os
import signal
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import chain

import pytest
import redis
from cluster.servers.families import is_alive
from cluster.servers.programs import MissingServerError
from cluster.servers.waypost import WaypostProcess
from confluent_kafka import Consumer, TopicPartition

from tests.e2e.installation import (
    HANG_SECONDS,
    Answer,
    Installation,
    Outage,
    metric,
    wait_until,
)
from waypost.wire.click_event import BusClick, decode_click

pytestmark = pytest.mark.slow

TOPIC = "click_events"
PARTITIONS = 8
FOUND_IN_REDIS = 'waypost_lookups_total{answered_by="shared"}'
TO_KAFKA = 'waypost_clicks_forwarded_total{route="kafka"}'
TO_REDIS = 'waypost_clicks_forwarded_total{route="redis"}'
FAILED = "waypost_forward_failures_total"
both_ways = pytest.mark.parametrize("how", list(Outage))


@pytest.fixture(scope="module")
def all_of_it(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The whole product, started once."""
    try:
        installation = Installation(tmp_path_factory.mktemp("installation"))
    except MissingServerError as error:
        pytest.skip(str(error))
    with installation:
        yield installation


def is_refused(answer: Answer) -> bool:
    """Return whether *answer* says that it is worth trying again."""
    return answer.status == 503 and int(answer.headers["retry-after"]) > 0


@both_ways
def test_redis_is_away(all_of_it: Installation, how: Outage) -> None:
    """Links are created, found in the database, and followed."""
    code = all_of_it.create()
    all_of_it.follow(all_of_it.app, code)
    with all_of_it.away(*all_of_it.redis, how=how):
        all_of_it.follow(all_of_it.app, code, times=50)
        all_of_it.follow(all_of_it.edge, code, times=50)
        for _ in range(3):
            fresh = all_of_it.create()
            all_of_it.follow(all_of_it.app, fresh)
            all_of_it.follow(all_of_it.edge, fresh)
        assert all_of_it.ask(all_of_it.edge, f"/{how.value}1").status == 404
        assert b'"cache":"unhealthy"' in all_of_it.ask(all_of_it.app, "/health").body
    wait_until(lambda: all_of_it.ask(all_of_it.app, "/health").status == 200)
    wait_until(lambda: shares_links(all_of_it))
    all_of_it.settle()


@both_ways
def test_the_database_is_away(all_of_it: Installation, how: Outage) -> None:
    """Known links are followed; an unknown one is not said to be missing."""
    held, shared = all_of_it.create(), all_of_it.create()
    for process in (all_of_it.app, all_of_it.edge):
        all_of_it.follow(process, held)
    put_in_redis(all_of_it, shared)
    unknown = f"/{how.value}2"
    with all_of_it.away(all_of_it.postgres, how=how):
        for process in (all_of_it.app, all_of_it.edge):
            all_of_it.follow(process, held, times=50)
            assert is_refused(all_of_it.ask(process, unknown))
        # The edge has never seen it; Redis has.
        all_of_it.follow(all_of_it.edge, shared)
        assert is_refused(all_of_it.try_to_create())
        assert b'"database":"unhealthy"' in all_of_it.ask(all_of_it.app, "/health").body
        all_of_it.follow(all_of_it.app, held, times=50)
    wait_until(lambda: all_of_it.ask(all_of_it.app, unknown).status == 404)
    wait_until(lambda: all_of_it.ask(all_of_it.edge, unknown).status == 404)
    wait_until(lambda: all_of_it.try_to_create().status == 201)
    all_of_it.settle()


@both_ways
def test_kafka_is_away(all_of_it: Installation, how: Outage) -> None:
    """Clicks take the way over Redis, and are counted before Kafka is back."""
    require_apache(all_of_it)
    codes = [all_of_it.create() for _ in range(5)]
    wait_until(lambda: sends_to_kafka(all_of_it, codes[0]))
    with all_of_it.away(all_of_it.kafka, how=how):
        for code in codes:
            all_of_it.follow(all_of_it.app, code, times=1_000)
        all_of_it.settle()
        all_of_it.follow(all_of_it.app, codes[0], times=100)
    all_of_it.settle()


def test_only_an_edge_is_left(all_of_it: Installation) -> None:
    """It sends visitors on; their clicks are safe even if it dies, and in order.

    Those that take the way over Redis come to Kafka later. There are some where Redis
    is back and Kafka does not answer in time.
    """
    require_apache(all_of_it)
    codes = [all_of_it.create() for _ in range(3)]
    for code in codes:
        all_of_it.follow(all_of_it.edge, code)
    all_of_it.settle()
    by_redis = min(len(codes), metric(all_of_it.edge, TO_REDIS))
    failures = metric(all_of_it.edge, FAILED)
    backends, *waypost = all_of_it.cluster.topology.layers()
    with (
        all_of_it.away(*chain.from_iterable(waypost), how=Outage.KILLED),
        all_of_it.away(*backends, how=Outage.KILLED),
    ):
        for _ in range(5):
            for code in codes:
                all_of_it.follow(all_of_it.edge, code, times=500)
        assert is_refused(all_of_it.ask(all_of_it.edge, "/neverseen"))
        wait_until(lambda: metric(all_of_it.edge, FAILED) > failures)
        all_of_it.edge.kill()
    all_of_it.edge.start()
    all_of_it.settle()
    late = [click for click in out_of_order(all_of_it) if click.short_code in codes]
    assert len(late) <= by_redis + metric(all_of_it.edge, TO_REDIS)


def test_forwarder_and_ingest_die_while_kafka_hangs(all_of_it: Installation) -> None:
    """The clicks that each of them had read are counted once."""
    code = all_of_it.create()
    all_of_it.follow(all_of_it.app, code, times=500)
    with all_of_it.away(all_of_it.kafka, how=Outage.FROZEN):
        all_of_it.follow(all_of_it.app, code, times=500)
        kill_forwarder(all_of_it)
        all_of_it.follow(all_of_it.app, code, times=500)
        all_of_it.ingest.kill()
        all_of_it.ingest.launch()
        all_of_it.follow(all_of_it.app, code, times=500)
        kill_forwarder(all_of_it)
    all_of_it.ingest.start()
    all_of_it.settle()


def test_power_cut(all_of_it: Installation) -> None:
    """Kafka has clicks whose records the disk lost: those that follow count as well."""
    require_apache(all_of_it)
    edge, code = all_of_it.edge, all_of_it.create()
    all_of_it.follow(edge, code)
    all_of_it.settle()
    all_of_it.ingest.kill()
    follow_into_kafka(all_of_it, edge, code, times=300)
    edge.kill()
    cut_power(edge)
    edge.start()
    follow_into_kafka(all_of_it, edge, code, times=200)
    all_of_it.ingest.start()
    all_of_it.settle()


def follow_into_kafka(
    installation: Installation, process: WaypostProcess, code: str, *, times: int
) -> None:
    """Follow a link until Kafka has confirmed all of its clicks."""
    before = metric(process, TO_KAFKA)
    installation.follow(process, code, times=times)
    wait_until(lambda: metric(process, TO_KAFKA) >= before + times)


def cut_power(process: WaypostProcess) -> None:
    """Leave of the journal what a power cut may leave, in the next boot's eyes."""
    journal = process.folder / "data" / "journal"
    for segment in journal.glob("*.seg"):
        segment.unlink()
    (journal / "boot").write_text("another boot\n")


def put_in_redis(installation: Installation, code: str) -> None:
    """Have the app follow a new link, and wait until Redis and its replica have it."""
    installation.follow(installation.app, code)
    with redis.Redis(port=installation.redis[1].port) as replica:
        wait_until(lambda: replica.exists(f"url:{code}") == 1)


def shares_links(installation: Installation) -> bool:
    """Return whether the edge finds in Redis what the app has put there."""
    code = installation.create()
    installation.follow(installation.app, code)
    before = metric(installation.edge, FOUND_IN_REDIS)
    installation.follow(installation.edge, code)
    return metric(installation.edge, FOUND_IN_REDIS) > before


def sends_to_kafka(installation: Installation, code: str) -> bool:
    """Return whether clicks of the app go to Kafka, at the moment."""
    before = metric(installation.app, TO_KAFKA)
    installation.follow(installation.app, code)
    installation.settle()
    return metric(installation.app, TO_KAFKA) > before


def require_apache(installation: Installation) -> None:
    """Skip the test where the broker forgets everything when it is killed."""
    if not installation.kafka.is_apache:
        pytest.skip("the stand-in for Kafka keeps nothing on disk")


def kill_forwarder(installation: Installation) -> None:
    """Kill the app's forwarder, and wait for the next one."""
    wait_until(lambda: installation.app.children != [])
    (forwarder,) = installation.app.children
    os.kill(forwarder, signal.SIGKILL)
    wait_until(lambda: not is_alive(forwarder))
    wait_until(lambda: installation.app.children not in ([], [forwarder]))


def out_of_order(installation: Installation) -> list[BusClick]:
    """Return the clicks in Kafka that came there after later ones of their lane.

    A batch that is sent again repeats itself; what counts is when each came first.
    """
    seen: defaultdict[tuple[str, int], set[int]] = defaultdict(set)
    last: Counter[tuple[str, int]] = Counter()
    late = []
    for click in in_kafka(installation):
        lane = (click.journal, click.lane)
        if click.sequence < last[lane] and click.sequence not in seen[lane]:
            late.append(click)
        seen[lane].add(click.sequence)
        last[lane] = max(last[lane], click.sequence)
    assert seen, "Kafka holds no clicks"
    return late


def knows_all_partitions(consumer: Consumer) -> bool:
    """Return whether Kafka names a leader for each partition of the topic."""
    topic = consumer.list_topics(TOPIC, timeout=HANG_SECONDS).topics[TOPIC]
    led = [one for one in topic.partitions.values() if one.leader >= 0]
    return topic.error is None and len(led) == PARTITIONS


def in_kafka(installation: Installation) -> Iterator[BusClick]:
    """Yield all that the topic holds, one partition after the other."""
    consumer = Consumer(
        {
            "bootstrap.servers": installation.kafka.bootstrap_servers,
            "group.id": "reader",
            "enable.auto.commit": False,
        }
    )
    try:
        # A broker that has just started does not know its topics at once.
        wait_until(lambda: knows_all_partitions(consumer))
        for number in range(PARTITIONS):
            partition = TopicPartition(TOPIC, number, 0)
            _, end = consumer.get_watermark_offsets(partition, timeout=HANG_SECONDS)
            consumer.assign([partition])
            read = 0
            while read < end:
                for message in consumer.consume(10_000, timeout=1):
                    assert message.error() is None, message.error()
                    read = (message.offset() or 0) + 1
                    yield decode_click(message.value() or b"")
    finally:
        consumer.close()
