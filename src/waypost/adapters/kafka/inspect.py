"""What a Kafka cluster says of itself and of a topic, for whoever looks after it."""

from typing import NamedTuple

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient

from waypost.adapters.kafka.refusals import Refusal, refusal_among
from waypost.adapters.kafka.settings import COMMON, KafkaConnection, silent_logger
from waypost.domain.errors import BackendUnavailable


class KafkaReport(NamedTuple):
    """How a cluster stands."""

    brokers: int = 0
    partitions: int = 0
    """Of the topic; 0 if there is no such topic."""
    refusal: Refusal | None = None
    """Why it did not tell the rest."""


def inspect_kafka(
    connection: KafkaConnection, *, topic: str, within: float
) -> KafkaReport:
    """Return how the cluster stands; make nothing. Blocks for *within* seconds.

    Raises:
        BackendUnavailable: It does not answer.
    """
    heard: list[KafkaError] = []
    try:
        admin = AdminClient(
            {**COMMON, **connection.configuration},
            error_cb=heard.append,
            logger=silent_logger(),
        )
    except KafkaException as error:
        raise BackendUnavailable(_reason(error)) from error
    try:
        # All topics: to ask for one by its name may make it.
        found = admin.list_topics(timeout=within)
    except KafkaException as error:
        admin.poll(0)  # only now the library says why
        if refusal := refusal_among(heard):
            return KafkaReport(refusal=refusal)
        raise BackendUnavailable(_reason(error)) from error
    known = found.topics.get(topic)
    return KafkaReport(
        brokers=len(found.brokers), partitions=len(known.partitions) if known else 0
    )


def _reason(error: KafkaException) -> str:
    cause = error.args[0]
    return str(cause.str()) if isinstance(cause, KafkaError) else "no answer"
