"""The connection to the settings' Kafka, for all its clients."""

from waypost.adapters.kafka.connection import KafkaConnection
from waypost.config import Settings


def kafka_connection(settings: Settings) -> KafkaConnection:
    """Return Kafka's address and credentials from *settings*."""
    return KafkaConnection(
        settings.KAFKA_BOOTSTRAP_SERVERS,
        security_protocol=settings.KAFKA_SECURITY_PROTOCOL,
        sasl_mechanism=settings.KAFKA_SASL_MECHANISM,
        username=settings.KAFKA_SASL_USERNAME,
        password=settings.KAFKA_SASL_PASSWORD,
        ca_file=settings.KAFKA_SSL_CA_FILE,
    )
