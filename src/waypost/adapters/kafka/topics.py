"""Making a topic if it is missing, and counting its partitions."""

import time
from collections.abc import Mapping
from typing import Final

from confluent_kafka import KafkaError, KafkaException, Producer
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from waypost.adapters.kafka.connection import KafkaConnection

_HARMLESS: Final = frozenset(
    {
        KafkaError.TOPIC_ALREADY_EXISTS,
        # Another administrator may create topics; whether ours exists is checked later.
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    }
)

_POLL_SECONDS: Final = 0.05


def ensure_topic(
    connection: KafkaConnection,
    topic: str,
    *,
    partitions: int,
    within: float,
    settings: Mapping[str, str] | None = None,
) -> None:
    """Make *topic* if there is none, with the brokers' own replication. Blocks.

    *settings* are those that differ from the brokers' defaults.

    Raises:
        KafkaException: No answer *within* seconds, or a refusal.
    """
    admin = AdminClient({**connection.configuration, "log_level": 0})
    new_topic = NewTopic(
        topic,
        num_partitions=partitions,
        replication_factor=-1,
        config=dict(settings or {}),
    )
    made = admin.create_topics(
        [new_topic], request_timeout=within, operation_timeout=within
    )
    try:
        made[topic].result()
    except KafkaException as error:
        if error.args[0].code() not in _HARMLESS:
            raise


def count_partitions(producer: Producer, topic: str, *, within: float) -> int:
    """Return how many partitions *topic* has. Blocks.

    Raises:
        KafkaException: No answer *within* seconds, or there is no such topic.
    """
    deadline = time.monotonic() + within
    while True:
        found = producer.list_topics(topic, timeout=within).topics[topic]
        if found.error is None:
            return len(found.partitions)
        # A new topic is not known to every broker at once.
        is_unknown = found.error.code() == KafkaError.UNKNOWN_TOPIC_OR_PART
        if not is_unknown or time.monotonic() >= deadline:
            raise KafkaException(found.error)
        time.sleep(_POLL_SECONDS)
