"""Dead letters: kept, shown by the command line, and replayed."""

import asyncio
import base64
import json
from contextlib import aclosing

import pytest

from tests.integration.cli.conftest import Command, clean, logs, waypost
from tests.integration.kafka.ingesting import Edge, Topic
from tests.servers import KafkaBroker
from waypost.adapters.kafka import dead_letters, letter_box
from waypost.adapters.kafka.connection import KafkaConnection
from waypost.adapters.kafka.dead_letters import KafkaDeadLetters
from waypost.cli.exits import ExitCode
from waypost.domain.errors import BackendUnavailable
from waypost.ports.bus import Undecodable
from waypost.wire.click_event import encode_click

__all__ = ["clean", "logs", "waypost"]

NOWHERE = KafkaConnection("127.0.0.1:1")
NASTY = Undecodable(b'\x1b[2J{"address":"203.0.113.9"}\xff', "No click", b"c1", "t/0/7")


async def test_kept_as_they_were(topic: Topic) -> None:
    """Bytes, key, reason, attempts and origin are found again, in order."""
    async with aclosing(topic.dead_letters()) as letters:
        assert [one async for one in letters.letters()] == []
        assert await letters.letter("0-0") is None
        await letters.put([NASTY, Undecodable(b"", "Empty")], attempts=3)
        first, second = [one async for one in letters.letters()]
        assert (first.content, first.key, first.origin) == (
            NASTY.content,
            NASTY.key,
            NASTY.origin,
        )
        assert (first.reason, first.attempts) == ("No click", 3)
        assert (second.content, second.key, second.origin) == (b"", b"", "")
        assert await letters.letter(second.id) == second
        for unknown in ("0-2", "1-0", "0", "", "x-y"):
            assert await letters.letter(unknown) is None


async def test_kafka_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keeping and reading letters fail in time."""
    monkeypatch.setattr(dead_letters, "_BUDGET_SECONDS", 0.3)
    letters = KafkaDeadLetters(NOWHERE, topic="clicks")
    async with aclosing(letters):
        with pytest.raises(BackendUnavailable):
            await letters.put([NASTY], attempts=1)
        with pytest.raises(BackendUnavailable):
            await letters.letter("0-0")
        with pytest.raises(BackendUnavailable):
            _ = [one async for one in letters.letters()]


async def test_kafka_is_away_for_readers(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command waits for a shorter time than Kafka may take."""
    monkeypatch.setattr(letter_box, "_REACH_SECONDS", 0.2)
    monkeypatch.setattr(dead_letters, "_BUDGET_SECONDS", 60)
    letters = KafkaDeadLetters(NOWHERE, topic="clicks")
    async with aclosing(letters), asyncio.timeout(240):
        with pytest.raises(BackendUnavailable):
            _ = [one async for one in letters.letters()]
        with pytest.raises(BackendUnavailable):
            await letters.letter("0-0")


async def _keep(topic: Topic, *records: Undecodable) -> None:
    async with aclosing(topic.dead_letters()) as letters:
        await letters.put(records, attempts=3)


async def test_command_line(topic: Topic, waypost: Command, kafka: KafkaBroker) -> None:
    """List shows no content, show escapes it, replay produces the original bytes."""
    (click,) = Edge().clicks(5)
    original = encode_click(click)
    refused = Undecodable(original, "Counting failed: ValueError", b"c5", "t/0/8")
    await _keep(topic, NASTY, refused)

    async def call(*arguments: str) -> tuple[int, str, str]:
        return await asyncio.to_thread(
            waypost,
            "dlq",
            *arguments,
            KAFKA_BOOTSTRAP_SERVERS=kafka.bootstrap_servers,
            KAFKA_CLICK_TOPIC=topic.name,
        )

    code, listed, _ = await call("list")
    assert code == ExitCode.OK
    assert "0-0" in listed
    assert "No click" in listed
    assert "203.0.113.9" not in listed
    reports = [
        json.loads(line)
        for line in (await call("list", "--json"))[1].split("\n")
        if line
    ]
    assert [(one["id"], one["bytes"], one["attempts"]) for one in reports] == [
        ("0-0", len(NASTY.content), 3),
        ("0-1", len(original), 3),
    ]
    assert "content" not in reports[0]

    _, shown, _ = await call("show", "0-0")
    assert '\\x1b[2J{"address":"203.0.113.9"}\\xff' in shown
    assert "\x1b" not in shown
    whole = json.loads((await call("show", "0-0", "--json"))[1])
    assert base64.b64decode(whole["content"]) == NASTY.content

    code, _, complaint = await call("show", "0-77")
    assert code == ExitCode.REFUSED
    assert "waypost dlq list" in complaint

    for wrong in (["replay"], ["replay", "0-1", "--all"]):
        assert (await call(*wrong))[0] == ExitCode.USAGE
    assert (await call("replay", "0-1"))[1] == "Replayed 1 record.\n"
    assert (await call("replay", "--all"))[1] == "Replayed 2 records.\n"
    async with aclosing(topic.subscription()) as reader:
        found: list[int] = []
        rubbish: list[bytes] = []
        while len(found) < 3 or not rubbish:
            batch = await reader.read(limit=100, within=0.1)
            found += [click.link_id for click in batch.clicks]
            rubbish += [record.content for record in batch.undecodable]
    assert found.count(5) == 2
    assert rubbish == [NASTY.content]


async def test_no_letters(topic: Topic, waypost: Command, kafka: KafkaBroker) -> None:
    """Nothing to list, and nothing to replay, is not a failure."""
    for arguments, answer in (
        (["list"], "There are no dead letters.\n"),
        (["list", "--json"], ""),
        (["replay", "--all"], "Replayed 0 records.\n"),
    ):
        outcome = await asyncio.to_thread(
            waypost,
            "dlq",
            *arguments,
            KAFKA_BOOTSTRAP_SERVERS=kafka.bootstrap_servers,
            KAFKA_CLICK_TOPIC=topic.name,
        )
        assert (outcome.code, outcome.stdout) == (ExitCode.OK, answer)


def test_without_kafka(waypost: Command) -> None:
    """The complaint names the setting."""
    outcome = waypost("dlq", "list")
    assert outcome.code == ExitCode.USAGE
    assert "KAFKA_BOOTSTRAP_SERVERS" in outcome.stderr
