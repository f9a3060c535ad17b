"""The servers that other tests rely on can be killed, frozen and started again."""

import asyncio

import asyncpg
import pytest
import redis
from cluster.servers.families import family, is_alive
from confluent_kafka import Consumer, KafkaError, Producer

from tests.servers import FreshPostgres, FreshRedis, KafkaBroker

pytestmark = pytest.mark.slow


async def run_in_postgres(url: str, statement: str) -> str | None:
    """Return the first value that *statement* finds, as text."""
    connection = await asyncpg.connect(url)
    try:
        value = await connection.fetchval(statement)
        return None if value is None else str(value)
    finally:
        await connection.close()


async def test_each_test_has_an_empty_database(postgres_url: str) -> None:
    """A table can be made and no other exists."""
    tables = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
    assert await run_in_postgres(postgres_url, tables) == "0"
    await run_in_postgres(postgres_url, "CREATE TABLE one (id int)")
    assert await run_in_postgres(postgres_url, tables) == "1"


async def test_postgres_keeps_what_was_committed_when_killed(
    fresh_postgres: FreshPostgres,
) -> None:
    """All its processes end, and the next start has the data on the same port."""
    server = fresh_postgres(durable=True)
    await run_in_postgres(server.url, "CREATE TABLE kept AS SELECT 7 AS value")
    assert server.pid is not None
    members = family(server.pid)
    assert len(members) > 2

    server.kill()
    assert not any(is_alive(pid) for pid in members)
    with pytest.raises(OSError, match=str(server.port)):
        await run_in_postgres(server.url, "SELECT 1")

    server.start()
    assert await run_in_postgres(server.url, "SELECT value FROM kept") == "7"


async def test_a_frozen_postgres_hangs_and_goes_on(
    fresh_postgres: FreshPostgres,
) -> None:
    """There is no answer until it is thawed; then it works as before."""
    server = fresh_postgres()
    connection = await asyncpg.connect(server.url)
    server.freeze()
    answer = asyncio.create_task(connection.fetchval("SELECT 1"))
    done, _ = await asyncio.wait({answer}, timeout=0.3)
    assert not done
    assert not server.answers()
    server.thaw()
    assert await answer == 1
    await connection.close()


@pytest.mark.parametrize("persistent", [True, False])
def test_redis_remembers_if_configured(
    fresh_redis: FreshRedis,
    persistent: bool,  # noqa: FBT001 - a column of the table above
) -> None:
    """A killed server has its data again only if it wrote them to disk."""
    server = fresh_redis(persistent=persistent)
    with redis.Redis.from_url(server.url) as client:
        client.set("key", "value")
        server.kill()
        with pytest.raises(redis.ConnectionError):
            client.get("key")
        server.start()
        assert client.get("key") == (b"value" if persistent else None)


def test_a_replica_follows_its_primary(fresh_redis: FreshRedis) -> None:
    """The replica has the primary's writes, also after a kill."""
    primary = fresh_redis(persistent=True)
    replica = fresh_redis(replica_of=primary.port)
    with (
        redis.Redis.from_url(primary.url) as writer,
        redis.Redis.from_url(replica.url) as reader,
    ):
        writer.set("key", "1")
        assert writer.wait(1, 5_000) == 1
        assert reader.get("key") == b"1"
        primary.kill()
        primary.start()
        replica.wait_until_ready()
        writer.set("key", "2")
        assert writer.wait(1, 5_000) == 1
        assert reader.get("key") == b"2"


def test_a_frozen_redis_is_revived_for_the_next(fresh_redis: FreshRedis) -> None:
    """It does not answer while it is frozen, and can be stopped all the same."""
    server = fresh_redis()
    server.freeze()
    assert not server.answers()
    assert server.is_running
    server.stop()
    assert not server.is_running


def publish(broker: KafkaBroker, topic: str, value: bytes) -> None:
    """Send one record and wait until the broker has it."""
    errors: list[KafkaError | None] = []
    producer = Producer(
        {"bootstrap.servers": broker.bootstrap_servers, "acks": "all", "log_level": 0}
    )
    producer.produce(topic, value, on_delivery=lambda error, _: errors.append(error))
    assert producer.flush(30) == 0
    assert errors == [None]


def consume(broker: KafkaBroker, topic: str, count: int) -> list[bytes | None]:
    """Return the values of the first *count* records of *topic*."""
    consumer = Consumer(
        {
            "bootstrap.servers": broker.bootstrap_servers,
            "group.id": topic,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
            "session.timeout.ms": 3_000,
            "heartbeat.interval.ms": 500,
            "log_level": 0,
        }
    )
    consumer.subscribe([topic])
    try:
        records = consumer.consume(count, timeout=300)
        assert [record.error() for record in records] == [None] * count
        return [record.value() for record in records]
    finally:
        consumer.close()


def test_kafka_keeps_what_it_acknowledged_when_killed(kafka: KafkaBroker) -> None:
    """Killed, frozen and started again it has every record, in order."""
    if not kafka.is_apache:
        pytest.skip("the stand-in keeps records in memory only")
    publish(kafka, "test-servers", b"one")
    kafka.kill()
    kafka.start()
    publish(kafka, "test-servers", b"two")
    kafka.freeze()
    kafka.thaw()
    assert sorted(consume(kafka, "test-servers", 2), key=str) == [b"one", b"two"]


def test_any_kafka_delivers(kafka: KafkaBroker) -> None:
    """What is published can be read."""
    publish(kafka, "test-delivery", b"value")
    assert consume(kafka, "test-delivery", 1) == [b"value"]
