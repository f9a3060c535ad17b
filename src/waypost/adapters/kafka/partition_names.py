"""Names of a topic's partitions, different from those of a later topic of that name."""

from typing import Final

from confluent_kafka import KafkaException, TopicCollection
from confluent_kafka.admin import AdminClient

from waypost.adapters.kafka.connection import COMMON, KafkaConnection
from waypost.domain.clicks import PLACE_MARK
from waypost.domain.errors import BackendUnavailable

_ANSWER_SECONDS: Final = 5.0


class PartitionNames:
    """Names the partitions of *topic*; asks Kafka once, at the first use.

    A topic that is deleted and made anew begins at offset 0 again, and has a new id.
    With brokers that know no ids of topics (before 2.8) only its name identifies it.
    """

    def __init__(self, connection: KafkaConnection, *, topic: str) -> None:
        self._connection = connection
        self._topic = topic
        self._identity = ""

    def of(self, partition: int) -> str:
        """Return the name of *partition*. Blocks.

        Raises:
            BackendUnavailable: Kafka does not answer.
        """
        if not self._identity:
            self._identity = self._ask()
        return PLACE_MARK.join(("kafka", self._identity, str(partition)))

    def _ask(self) -> str:
        admin = AdminClient({**COMMON, **self._connection.configuration})
        asked = admin.describe_topics(
            TopicCollection([self._topic]), request_timeout=_ANSWER_SECONDS
        )
        try:
            found = asked[self._topic].result()
        except KafkaException as error:
            raise BackendUnavailable from error
        identity = found.topic_id
        is_known = identity.get_most_significant_bits() != 0
        return str(identity) if is_known else self._topic
