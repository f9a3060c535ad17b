"""The settings with which the library connects, and which stay secret."""

from waypost.adapters.kafka.connection import KafkaConnection
from waypost.config import load_settings

SASL = {
    "sasl.mechanism": "PLAIN",
    "sasl.username": "me",
    "sasl.password": "hush",
}


def connection(protocol: str, *, ca_file: str = "") -> KafkaConnection:
    """Return a connection that knows more than *protocol* may need."""
    return KafkaConnection(
        "kafka:9092",
        security_protocol=protocol,
        sasl_mechanism="PLAIN",
        username="me",
        password="hush",
        ca_file=ca_file,
    )


def test_only_what_the_protocol_needs() -> None:
    """A password is sent only with a protocol that requires one."""
    for protocol, more in (
        ("plaintext", {}),
        ("ssl", {}),
        ("sasl_plaintext", SASL),
        ("sasl_ssl", SASL),
    ):
        settings = {"bootstrap.servers": "kafka:9092", "security.protocol": protocol}
        assert connection(protocol).configuration == settings | more


def test_own_authorities() -> None:
    """The system's certificate authorities are used only without a CA file."""
    settings = connection("ssl", ca_file="ca.pem").configuration
    assert settings["ssl.ca.location"] == "ca.pem"


def test_no_secret_in_a_repr() -> None:
    """A connection that is logged by mistake holds no password."""
    settings = load_settings(
        KAFKA_SASL_PASSWORD="hush",
        ADMIN_TOKEN="hush-hush-hush-hush",
        CODE_KEY="hush-hush-hush-hush",
    )
    assert "hush" not in f"{connection('sasl_ssl')!r} {settings!r} {settings}"
