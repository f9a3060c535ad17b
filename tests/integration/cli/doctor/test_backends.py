"""`waypost doctor` on the servers that the settings name: what answers, and how."""

import json
from typing import Protocol
from uuid import uuid4

import pytest
import redis
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from tests.integration.cli.conftest import Command, Outcome, Stranger
from tests.servers import FreshRedis, KafkaBroker
from waypost.cli.exits import ExitCode
from waypost.wiring import drivers

NOWHERE = "127.0.0.1:1"
POSTGRES = f"postgresql://me:hush@{NOWHERE}/nothing"


class Checked(Protocol):
    """Calls the doctor with more environment variables."""

    def __call__(self, **environment: str) -> dict[str, dict[str, str]]:
        """Return its checks by their names."""
        ...


def checks_of(outcome: Outcome) -> dict[str, dict[str, str]]:
    """Return the checks of a diagnosis in JSON by their names."""
    return {check["name"]: check for check in json.loads(outcome.stdout)["checks"]}


@pytest.fixture
def checked(waypost: Command, monkeypatch: pytest.MonkeyPatch) -> Checked:
    """Call the doctor with more environment variables, and return its checks."""

    def call(**environment: str) -> dict[str, dict[str, str]]:
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return checks_of(waypost("doctor", "--json"))

    return call


@pytest.mark.slow
def test_nothing_answers(waypost: Command) -> None:
    """Each server that is away is a problem with a remedy, and no password shows."""
    outcome = waypost(
        *("doctor", "--json"),
        DATABASE_URL=POSTGRES,
        REDIS_URL=f"redis://:hush@{NOWHERE}",
        KAFKA_BOOTSTRAP_SERVERS=NOWHERE,
        KEYGEN_SERVICE_URL=f"http://me:hush@{NOWHERE},http://you:hush@{NOWHERE}",
    )
    checks = checks_of(outcome)

    assert outcome.code == ExitCode.REFUSED
    assert "hush" not in outcome.stdout + outcome.stderr
    for name in ("Redis", "Kafka", "keygen"):
        assert (checks[name]["status"], bool(checks[name]["remedy"])) == (
            "problem",
            True,
        )
    assert "Connection refused" in checks["Redis"]["finding"]
    assert "PostgreSQL cannot be reached" in checks["database"]["finding"]


def test_refused_combination(checked: Checked) -> None:
    """Settings with which no server starts are a problem, with a remedy."""
    check = checked(REDIS_REPLICA_URL=f"redis://{NOWHERE}")["settings"]

    assert check["status"] == "problem"
    assert "Set REDIS_URL as well" in check["remedy"]


def test_missing_driver(checked: Checked, monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver that is not installed is reported with the command that installs it."""
    monkeypatch.setattr(drivers, "find_spec", lambda _name: None)
    checks = checked(
        REDIS_URL=f"redis://{NOWHERE}", KAFKA_BOOTSTRAP_SERVERS="127.0.0.1:1"
    )

    for server in ("Redis", "Kafka"):
        install = f"`make drivers`, or `.venv/bin/pip install -e '.[{server.lower()}]'`"
        assert checks[server]["remedy"] == f"Run {install}."


@pytest.mark.slow
def test_redis_that_keeps_clicks(checked: Checked, fresh_redis: FreshRedis) -> None:
    """A Redis that writes before it answers, and its replica, are as they should be."""
    primary = fresh_redis(persistent=True)
    replica = fresh_redis(replica_of=primary.port)
    checks = checked(
        DATABASE_URL=POSTGRES,
        REDIS_URL=primary.url,
        REDIS_REPLICA_URL=replica.url,
        KAFKA_BOOTSTRAP_SERVERS=NOWHERE,
    )

    assert (checks["Redis"]["status"], checks["Redis replica"]["status"]) == (
        "ok",
        "ok",
    )


@pytest.mark.slow
def test_redis_that_forgets(checked: Checked, redis_url: str) -> None:
    """It matters only where clicks are to wait in it."""
    alone = checked(DATABASE_URL=POSTGRES, REDIS_URL=redis_url)
    with_kafka = checked(
        DATABASE_URL=POSTGRES, REDIS_URL=redis_url, KAFKA_BOOTSTRAP_SERVERS=NOWHERE
    )

    assert alone["Redis"]["status"] == "ok"
    assert with_kafka["Redis"]["status"] == "warning"
    assert "appendonly yes" in with_kafka["Redis"]["remedy"]


@pytest.mark.slow
def test_redis_that_evicts(checked: Checked, fresh_redis: FreshRedis) -> None:
    """It must not hold clicks; ids of keygen are safe in it, at a price."""
    server = fresh_redis(persistent=True)
    with redis.Redis.from_url(server.url) as client:
        client.config_set("maxmemory-policy", "allkeys-lru")
    alone = checked(DATABASE_URL=POSTGRES, REDIS_URL=server.url)
    checks = checked(
        DATABASE_URL=POSTGRES,
        REDIS_URL=server.url,
        KAFKA_BOOTSTRAP_SERVERS=NOWHERE,
        KEYGEN_PRIMARY_REDIS_URL=server.url,
    )

    assert alone["Redis"]["status"] == "ok"
    assert checks["Redis"]["status"] == "warning"
    assert "maxmemory-policy noeviction" in checks["Redis"]["remedy"]
    assert "appendonly" not in checks["Redis"]["remedy"]
    assert checks["keygen's first Redis"]["status"] == "note"
    assert "ids stay unique" in checks["keygen's first Redis"]["finding"]


def test_redis_in_the_wrong_role(checked: Checked, fresh_redis: FreshRedis) -> None:
    """A replica that shall be written, and one without a primary, are found."""
    primary = fresh_redis()
    replica = fresh_redis(replica_of=primary.port)
    checks = checked(
        REDIS_URL=replica.url,
        REDIS_REPLICA_URL=primary.url,
        KEYGEN_SECONDARY_REDIS_URL=replica.url,
    )

    assert checks["Redis"]["status"] == "problem"
    assert checks["Redis replica"]["status"] == "warning"
    assert checks["keygen's second Redis"]["remedy"] == (
        "Set KEYGEN_SECONDARY_REDIS_URL to its primary."
    )


def test_replica_without_primary(checked: Checked, fresh_redis: FreshRedis) -> None:
    """A replica that has lost its primary grows old, which is a warning."""
    primary = fresh_redis()
    replica = fresh_redis(replica_of=primary.port)
    primary.kill()
    checks = checked(REDIS_URL=primary.url, REDIS_REPLICA_URL=replica.url)

    assert checks["Redis replica"]["status"] == "warning"
    assert "lost its primary" in checks["Redis replica"]["finding"]


def test_kafka_without_a_topic(checked: Checked, kafka: KafkaBroker) -> None:
    """The topic is reported before it is made, and the check does not make it."""
    settings = {
        "DATABASE_URL": POSTGRES,
        "KAFKA_BOOTSTRAP_SERVERS": kafka.bootstrap_servers,
        "KAFKA_CLICK_TOPIC": "looked-for-by-the-doctor",
        "KAFKA_CLICK_PARTITIONS": "3",
    }
    first, second = checked(**settings)["Kafka"], checked(**settings)["Kafka"]

    assert first["status"] == "note"
    assert "1 broker answers" in first["finding"]
    assert "will be made with 3 partitions" in first["finding"]
    assert first == second


@pytest.mark.parametrize(
    ("config", "status", "finding"),
    [
        ({"retention.ms": "604800000"}, "ok", "has 2 partitions."),
        ({"retention.ms": "-1"}, "ok", "has 2 partitions."),
        ({"retention.ms": "7200000"}, "warning", "deletes clicks after 2 hours"),
        ({"cleanup.policy": "compact"}, "problem", "only the last click on each link"),
    ],
)
def test_kafka_that_deletes_clicks(
    checked: Checked,
    kafka: KafkaBroker,
    config: dict[str, str],
    status: str,
    finding: str,
) -> None:
    """A topic that may lose clicks before they are counted is found."""
    if not kafka.is_apache:
        pytest.skip("the stand-in for Kafka does not report how topics are set up")
    topic = f"clicks-{uuid4().hex}"
    admin = AdminClient({"bootstrap.servers": kafka.bootstrap_servers})
    new_topic = NewTopic(topic, num_partitions=2, replication_factor=1, config=config)
    admin.create_topics([new_topic])[topic].result(30)
    check = checked(
        DATABASE_URL=POSTGRES,
        KAFKA_BOOTSTRAP_SERVERS=kafka.bootstrap_servers,
        KAFKA_CLICK_TOPIC=topic,
    )["Kafka"]

    assert check["status"] == status
    assert finding in check["finding"]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"status":"healthy","database":"healthy","cache":"healthy"}', "ok"),
        (b'{"status":"unhealthy","database":"healthy","cache":"x"}', "problem"),
        (b"<html>", "problem"),
    ],
)
def test_keygen(checked: Checked, stranger: Stranger, body: bytes, status: str) -> None:
    """A keygen that is ill is a problem, and so is what is not a keygen."""
    check = checked(KEYGEN_SERVICE_URL=stranger(200, body))["keygen"]

    assert check["status"] == status


def test_ids_of_another_program(waypost: Command, redis_url: str) -> None:
    """Until keygen has taken another program's counter over, the doctor warns."""
    with redis.Redis.from_url(redis_url) as other:
        other.incrby("id_allocator:url", 5_000)
    outcome = waypost("doctor", "--json", KEYGEN_PRIMARY_REDIS_URL=redis_url)
    checks = {check["name"]: check for check in json.loads(outcome.stdout)["checks"]}
    check = checks["keygen's first Redis"]
    assert check["status"] == "warning"
    assert "counts ids for another program, up to 5,000." in check["finding"]
