"""The state of a Kafka cluster and of a topic, for the operator."""

import math
from typing import NamedTuple

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, ConfigResource  # type: ignore[attr-defined]  # the latter is documented, and not marked as public

from waypost.adapters.kafka.connection import COMMON, KafkaConnection, silent_logger
from waypost.adapters.kafka.refusals import Refusal, refusal_among
from waypost.domain.errors import BackendUnavailable


class KafkaReport(NamedTuple):
    """The state of a cluster."""

    brokers: int = 0
    partitions: int = 0
    """Of the topic; 0 if there is no such topic."""
    retention_seconds: float = math.inf
    """How long the topic keeps records, if it reports that."""
    compacts: bool = False
    """Whether it deletes all but the last record of each key."""
    refusal: Refusal | None = None
    """Why it does not report the rest."""


def inspect_kafka(
    connection: KafkaConnection, *, topic: str, within: float
) -> KafkaReport:
    """Return the cluster's state; change nothing. Blocks for *within* seconds.

    Raises:
        BackendUnavailable: It does not answer.
    """
    errors: list[KafkaError] = []
    try:
        admin = AdminClient(
            {**COMMON, **connection.configuration},
            error_cb=errors.append,
            logger=silent_logger(),
        )
    except KafkaException as error:
        raise BackendUnavailable(_reason(error)) from error
    try:
        # All topics: a request for one by its name may create it.
        found = admin.list_topics(timeout=within)
    except KafkaException as error:
        admin.poll(0)  # only this call delivers the library's errors
        if refusal := refusal_among(errors):
            return KafkaReport(refusal=refusal)
        raise BackendUnavailable(_reason(error)) from error
    known = found.topics.get(topic)
    if known is None:
        return KafkaReport(brokers=len(found.brokers))
    settings = _settings_of(admin, topic, within=within)
    milliseconds = int(settings.get("retention.ms", "-1"))
    return KafkaReport(
        brokers=len(found.brokers),
        partitions=len(known.partitions),
        retention_seconds=milliseconds / 1_000 if milliseconds >= 0 else math.inf,
        compacts="compact" in settings.get("cleanup.policy", ""),
    )


def _settings_of(admin: AdminClient, topic: str, *, within: float) -> dict[str, str]:
    """Return the topic's settings; nothing, if this user may not read them."""
    wanted = ConfigResource(ConfigResource.Type.TOPIC, topic)
    asked = admin.describe_configs([wanted], request_timeout=within)[wanted]
    try:
        return {name: str(each.value) for name, each in asked.result().items()}
    except KafkaException:
        return {}


def _reason(error: KafkaException) -> str:
    cause = error.args[0]
    return str(cause.str()) if isinstance(cause, KafkaError) else "no answer"
