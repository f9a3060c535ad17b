"""The log of errors of databases."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import structlog

from waypost.domain.errors import BackendUnavailable, DatabaseUnusable
from waypost.telemetry.log_throttle import LogThrottle

log = structlog.get_logger()

_SILENCE_SECONDS: Final = 10.0
"""How long an error is not logged again."""


class FailureLog:
    """Logs failures; the same one again only after a while.

    *name_of* and *reason_of* return what to log of a driver's error. Neither may return
    what a client has sent.
    """

    def __init__(
        self,
        *,
        name_of: Callable[[BaseException], str],
        reason_of: Callable[[BaseException], str],
    ) -> None:
        self._name_of = name_of
        self._reason_of = reason_of
        self._throttle = LogThrottle(seconds=_SILENCE_SECONDS)

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Log a `BackendUnavailable` that passes."""
        try:
            yield
        except BackendUnavailable as error:
            self._report(error)
            raise

    def _report(self, error: BackendUnavailable) -> None:
        cause = error.__cause__ or error
        name = self._name_of(cause)
        if not self._throttle.allows(name):
            return
        fields = {"error": name, "reason": self._reason_of(cause)}
        if isinstance(error, DatabaseUnusable):
            log.error("database.failed", **fields, code=error.code, advice=error.advice)
        else:
            log.warning("database.failed", **fields)
