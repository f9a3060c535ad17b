"""The dead letters of the settings' Kafka, for the command line."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import TYPE_CHECKING

from waypost.config import Settings, SettingsError
from waypost.ports.bus import DeadLetter
from waypost.wiring.drivers import KAFKA
from waypost.wiring.requirements import check_kafka_access
from waypost.wiring.topology import topology_of

if TYPE_CHECKING:
    from waypost.adapters.kafka.dead_letters import KafkaDeadLetters

__all__ = ["DeadLetter", "all_letters", "chosen_letters", "replay_letters"]


async def all_letters(settings: Settings) -> list[DeadLetter]:
    """Return every dead letter that is kept, the oldest first.

    Raises:
        SettingsError: The settings name no Kafka, have wrong credentials for it, or
            its driver is not installed.
        BackendUnavailable: It does not answer.
    """
    async with _open(settings) as letters:
        return sorted([one async for one in letters.letters()], key=_age)


async def chosen_letters(
    settings: Settings, ids: Sequence[str]
) -> dict[str, DeadLetter | None]:
    """Return the dead letters with these *ids*, by id; None: there is none.

    Raises:
        As `all_letters`.
    """
    async with _open(settings) as letters:
        return {one: await letters.letter(one) for one in ids}


async def replay_letters(settings: Settings, chosen: Sequence[DeadLetter]) -> None:
    """Write the original records of *chosen* to the click topic again.

    Raises:
        As `all_letters`.
    """
    async with _open(settings) as letters:
        await letters.replay(chosen)


def _age(letter: DeadLetter) -> tuple[float, str]:
    return letter.kept_at.timestamp(), letter.id


@asynccontextmanager
async def _open(settings: Settings) -> AsyncIterator[KafkaDeadLetters]:
    if not topology_of(settings).has_kafka:
        raise SettingsError(
            "Dead letters are kept in Kafka. Set KAFKA_BOOTSTRAP_SERVERS to host:9092. "
            "Without Kafka there are none: see `waypost journal verify`."
        )
    if KAFKA.is_missing:
        raise SettingsError(KAFKA.advice)
    check_kafka_access(settings)
    from waypost.adapters.kafka.dead_letters import KafkaDeadLetters
    from waypost.wiring.parts.kafka import kafka_connection

    letters = KafkaDeadLetters(
        kafka_connection(settings), topic=settings.KAFKA_CLICK_TOPIC
    )
    async with aclosing(letters):
        yield letters
