"""What the Kafka library is told, wherever it is used for counting."""

import logging
from collections.abc import Mapping
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


def silent_logger() -> logging.Logger:
    """Return a logger for what would else be written to stderr, past our renderer."""
    logger = logging.getLogger("librdkafka")
    logger.propagate = False
    if not logger.handlers:
        logger.addHandler(logging.NullHandler())
    return logger
