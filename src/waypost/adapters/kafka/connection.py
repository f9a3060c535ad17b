"""What every client of the Kafka library is configured with."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

COMMON: Final[Mapping[str, str | int | bool]] = {
    "client.id": "waypost",
    # A broker that hangs is given up soon, and one that is back is found soon.
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
    # One whole batch is fetched in advance, not as much as fits into memory.
    "queued.max.messages.kbytes": 32_768,
}


@dataclass(frozen=True, slots=True)
class KafkaConnection:
    """Where Kafka is, and the credentials for it."""

    servers: str
    """`host:port`, separated by commas."""
    security_protocol: str = "plaintext"
    """`plaintext`, `ssl`, `sasl_plaintext` or `sasl_ssl`."""
    sasl_mechanism: str = ""
    username: str = ""
    password: str = field(default="", repr=False)
    ca_file: str = ""
    """CA file (PEM) for Kafka's certificate; empty uses the system store."""

    @property
    def configuration(self) -> Mapping[str, str | int | bool]:
        """The settings with which the library connects."""
        settings = {
            "bootstrap.servers": self.servers,
            "security.protocol": self.security_protocol,
        }
        if self.security_protocol.startswith("sasl_"):
            settings["sasl.mechanism"] = self.sasl_mechanism
            settings["sasl.username"] = self.username
            settings["sasl.password"] = self.password
        if self.ca_file:
            settings["ssl.ca.location"] = self.ca_file
        return settings


def silent_logger() -> logging.Logger:
    """Return a logger for what librdkafka would write to stderr without our format."""
    logger = logging.getLogger("librdkafka")
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    return logger
