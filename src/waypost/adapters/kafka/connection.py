"""What the Kafka library is told, wherever it is used for counting."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

COMMON: Final[Mapping[str, str | int | bool]] = {
    "client.id": "waypost",
    # A broker that hangs is given up, and one that is back is met soon.
    "socket.timeout.ms": 10_000,
    "reconnect.backoff.ms": 100,
    "reconnect.backoff.max.ms": 1_000,
    "log_level": 0,
    "log.connection.close": False,
}

CONSUMER: Final[Mapping[str, str | int | bool]] = {
    **COMMON,
    "enable.auto.commit": False,
    "auto.offset.reset": "earliest",
    "fetch.wait.max.ms": 100,
    # A whole batch is read ahead, and not as much as fits in memory.
    "queued.max.messages.kbytes": 32_768,
}


@dataclass(frozen=True, slots=True)
class KafkaConnection:
    """Where Kafka is, and what it takes to be let in."""

    servers: str
    """`host:port`, separated by commas."""
    security_protocol: str = "plaintext"
    """`plaintext`, `ssl`, `sasl_plaintext` or `sasl_ssl`."""
    sasl_mechanism: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    """Whom to believe Kafka's certificate from, in PEM; empty: whom the system does."""

    @property
    def configuration(self) -> Mapping[str, str | int | bool]:
        """What the library has to be told in order to connect."""
        told = {
            "bootstrap.servers": self.servers,
            "security.protocol": self.security_protocol,
        }
        if self.security_protocol.startswith("sasl_"):
            told["sasl.mechanism"] = self.sasl_mechanism
            told["sasl.username"] = self.username
            told["sasl.password"] = self.password
        if self.ca_file:
            told["ssl.ca.location"] = self.ca_file
        return told


def silent_logger() -> logging.Logger:
    """Return a logger for what would else be written to stderr, past our renderer."""
    logger = logging.getLogger("librdkafka")
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    return logger
