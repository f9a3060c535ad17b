"""Errors of Kafka's library: those that an operator can correct, and their log.

The library's own texts are not logged: a broker can put anything into them.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import structlog
from confluent_kafka import KafkaError

from waypost.telemetry.log_throttle import LogThrottle

_log = structlog.get_logger()


class Refusal(NamedTuple):
    """Why a Kafka that can be reached cannot be used."""

    finding: str
    """What it does; a sentence that lacks its subject."""
    remedy: str
    """What to do about it, in one sentence."""


_NOT_LET_IN: Final = Refusal(
    "refuses the user name, the password, or the mechanism that shows it.",
    "Correct KAFKA_SASL_USERNAME, KAFKA_SASL_PASSWORD or KAFKA_SASL_MECHANISM.",
)
_NOT_TRUSTED: Final = Refusal(
    "has a certificate that is not trusted, or that names another host.",
    "Set KAFKA_SSL_CA_FILE to the certificates of its authority, and name the host in "
    "KAFKA_BOOTSTRAP_SERVERS as its certificate does.",
)
_REFUSALS: Final[Mapping[int, Refusal]] = {
    KafkaError._AUTHENTICATION: _NOT_LET_IN,  # noqa: SLF001 - the library's public name
    KafkaError.SASL_AUTHENTICATION_FAILED: _NOT_LET_IN,
    KafkaError._SSL: _NOT_TRUSTED,  # noqa: SLF001 - as above
}


def refusal_among(errors: Iterable[KafkaError]) -> Refusal | None:
    """Return the first refusal among *errors*; None: there is none."""
    return next(filter(None, (_REFUSALS.get(error.code()) for error in errors)), None)


class ErrorLog:
    """Logs each kind of error once a minute."""

    def __init__(self) -> None:
        self._throttle = LogThrottle()

    def log(self, error: KafkaError) -> None:
        """Log *error*, with advice if the remedy is known."""
        if not self._throttle.allows(error.name()):
            return
        refusal = refusal_among([error])
        advice = {"advice": f"Kafka {' '.join(refusal)}"} if refusal else {}
        _log.warning("kafka.error", kind=error.name(), fatal=error.fatal(), **advice)
