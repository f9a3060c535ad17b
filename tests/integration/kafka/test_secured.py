"""Kafka that requires TLS, a user name and a password: accepted and refused clients."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Protocol
from uuid import uuid4

import pytest
from cluster.servers.programs import MissingServerError
from structlog.testing import capture_logs

from tests.integration.cli.conftest import Command, Outcome, clean, logs, waypost
from tests.integration.kafka.ingesting import Edge, until
from tests.integration.kafka.secured import PASSWORD, WRONG_PASSWORD, SecuredKafka
from tests.unit.journal.samples import open_journal, write_clicks
from waypost.adapters.kafka.consuming.subscription import KafkaSubscription
from waypost.adapters.kafka.dead_letters import KafkaDeadLetters
from waypost.adapters.kafka.publisher import KafkaPublisher
from waypost.cli.exits import ExitCode
from waypost.config import Settings, load_settings
from waypost.domain.errors import BackendUnavailable
from waypost.ports.bus import Undecodable
from waypost.ports.journal import BUS
from waypost.processes.running.readers.forwarding import forwarding
from waypost.telemetry.metrics import Metrics
from waypost.wiring.offline.dead_letters import all_letters
from waypost.wiring.parts.kafka import kafka_connection

__all__ = ["clean", "logs", "waypost"]

pytestmark = pytest.mark.slow

PROTOCOLS = ("ssl", "sasl_plaintext", "sasl_ssl")
KINDS = ("wrong password", "wrong mechanism", "untrusted certificate")
CORRECT_PASSWORD = "Correct KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD or"
CORRECT_AUTHORITY = "Set KAFKA_SSL_CA_FILE to"


class Doctor(Protocol):
    """Calls the doctor with options and more environment variables."""

    def __call__(self, *options: str, environment: dict[str, str]) -> Outcome:
        """Return how the call ended."""
        ...


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredKafka]:
    """The broker, with a user that it knows."""
    try:
        broker = SecuredKafka(tmp_path_factory.mktemp("secured"))
    except MissingServerError as error:
        pytest.skip(f"the stand-in has neither TLS nor passwords: {error}")
    with broker:
        broker.make_user()
        yield broker


def refused(secured: SecuredKafka) -> dict[str, tuple[dict[str, str], str]]:
    """Return settings that are refused, and the remedy that is logged, by the kind."""
    named, both = secured.settings("sasl_plaintext"), secured.settings("sasl_ssl")
    untrusted = dict(both)
    del untrusted["KAFKA_SSL_CA_FILE"]
    wrong = {"KAFKA_SASL_PASSWORD": WRONG_PASSWORD}
    return {
        "wrong password": (both | wrong, CORRECT_PASSWORD),
        "wrong mechanism": (
            named | {"KAFKA_SASL_MECHANISM": "SCRAM-SHA-256"},
            CORRECT_PASSWORD,
        ),
        "untrusted certificate": (untrusted, CORRECT_AUTHORITY),
    }


@asynccontextmanager
async def publishing(settings: Settings, topic: str) -> AsyncIterator[KafkaPublisher]:
    """Publish meanwhile as the forwarder does."""
    connection = kafka_connection(settings)
    publisher = KafkaPublisher(connection, topic=topic, partitions=2)
    async with aclosing(publisher):
        yield publisher


@asynccontextmanager
async def subscribed(
    settings: Settings, topic: str
) -> AsyncIterator[KafkaSubscription]:
    """Read meanwhile as an ingest worker does."""
    subscription = KafkaSubscription(
        kafka_connection(settings), topic=topic, group=topic, metrics=Metrics()
    )
    async with aclosing(subscription):
        yield subscription


def assert_secret(text: object) -> None:
    """No password is anywhere in *text*."""
    assert PASSWORD not in str(text)
    assert WRONG_PASSWORD not in str(text)


@pytest.mark.parametrize("protocol", PROTOCOLS)
async def test_let_in(secured: SecuredKafka, protocol: str) -> None:
    """Clicks are published and read, and dead letters are kept and found."""
    topic, clicks = f"clicks-{uuid4().hex}", Edge().spread(links=5, each=4)
    settings = load_settings(**secured.settings(protocol), KAFKA_CLICK_TOPIC=topic)
    async with publishing(settings, topic) as publisher:
        await publisher.publish(clicks)
    found: list[int] = []
    async with subscribed(settings, topic) as subscription:
        await subscription.ping()
        while len(found) < len(clicks):
            batch = await subscription.read(limit=100, within=0.1)
            found += [click.link_id for click in batch.clicks]
    assert sorted(found) == sorted(click.click.link_id for click in clicks)
    connection = kafka_connection(settings)
    async with aclosing(KafkaDeadLetters(connection, topic=topic)) as letters:
        await letters.put([Undecodable(b"no click", "No click")], attempts=1)
    assert [one.content for one in await all_letters(settings)] == [b"no click"]


async def publish_in_vain(settings: Settings) -> None:
    """Learn of an outage twice, which is logged once."""
    async with publishing(settings, "clicks") as publisher:
        for _ in range(2):
            with pytest.raises(BackendUnavailable):
                await publisher.publish(Edge().clicks(1))


async def read_in_vain(settings: Settings) -> None:
    """Read what comes, which is nothing, until that is seen to be an outage."""
    async with subscribed(settings, "clicks") as subscription:
        with pytest.raises(BackendUnavailable):
            await read_for_ever(subscription)


async def read_for_ever(subscription: KafkaSubscription) -> None:
    """Read until Kafka is away."""
    while True:
        await subscription.read(limit=1, within=0.5)


@pytest.mark.parametrize("kind", ["wrong password", "untrusted certificate"])
async def test_refused(secured: SecuredKafka, kind: str) -> None:
    """It is an outage for forwarders and workers, and each logs the remedy."""
    environment, remedy = refused(secured)[kind]
    settings = load_settings(**environment)
    with capture_logs() as events:
        await asyncio.gather(publish_in_vain(settings), read_in_vain(settings))
    advice = [event["advice"] for event in events if "advice" in event]

    assert len(advice) == 2
    assert all(remedy in one for one in advice)
    assert_secret((events, settings, kafka_connection(settings)))


@pytest.fixture
def doctor(waypost: Command, monkeypatch: pytest.MonkeyPatch) -> Doctor:
    """Call the doctor, who must show no password."""

    def call(*options: str, environment: dict[str, str]) -> Outcome:
        monkeypatch.setenv("DATABASE_URL", "postgresql://me@127.0.0.1:1/nothing")
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        outcome = waypost("doctor", *options)
        assert_secret(outcome)
        return outcome

    return call


def kafka_check(outcome: Outcome) -> dict[str, str]:
    """Return what the doctor says of Kafka."""
    checks: list[dict[str, str]] = json.loads(outcome.stdout)["checks"]
    return next(check for check in checks if check["name"] == "Kafka")


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_doctor(secured: SecuredKafka, doctor: Doctor, protocol: str) -> None:
    """The doctor is let in."""
    environment = secured.settings(protocol)
    check = kafka_check(doctor("--json", environment=environment))

    assert check["status"] in {"ok", "note"}
    assert "1 broker answers" in check["finding"]
    shown = doctor(environment=environment).stdout
    assert all(name in shown for name in environment if name.startswith("KAFKA_S"))


@pytest.mark.parametrize("kind", KINDS)
def test_doctor_is_refused(secured: SecuredKafka, doctor: Doctor, kind: str) -> None:
    """The doctor says why, and what to do."""
    environment, remedy = refused(secured)[kind]
    outcome = doctor("--json", environment=environment)
    check = kafka_check(outcome)

    assert (outcome.code, check["status"]) == (ExitCode.REFUSED, "problem")
    assert remedy in check["remedy"]
    assert "does not answer" not in check["finding"]


async def test_forwarder(
    secured: SecuredKafka, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Clicks wait until the password is right; the log of neither child has it."""
    topic = f"clicks-{uuid4().hex}"
    settings = load_settings(
        **secured.settings("sasl_ssl"),
        DATA_DIR=tmp_path,
        KAFKA_CLICK_TOPIC=topic,
        LOG_FORMAT="json",
    )
    wrong = settings.model_copy(update={"KAFKA_SASL_PASSWORD": WRONG_PASSWORD})
    metrics, output = Metrics(), ""
    with open_journal(tmp_path / "journal", readers=[BUS]) as journal:
        write_clicks(journal, range(1, 21))
        release = partial(journal.release, reader=BUS)
        async with forwarding(wrong, release=release, metrics=metrics):
            while CORRECT_PASSWORD not in output:
                output += capfd.readouterr().err
                await asyncio.sleep(0.05)
        assert forwarded(metrics) == 0
        async with forwarding(settings, release=release, metrics=metrics):
            await until(lambda: forwarded(metrics) == 20)
    assert metrics.registry.get_sample_value("waypost_forwarder_restarts_total") == 0
    assert_secret(output + capfd.readouterr().err)


def forwarded(metrics: Metrics) -> float:
    """Return how many clicks Kafka has got from the forwarder."""
    name = "waypost_clicks_forwarded_total"
    return metrics.registry.get_sample_value(name, {"route": "kafka"}) or 0.0
