"""Reporting, in a metric and a log, clicks that could not be kept."""

import errno

import structlog

from waypost.telemetry.log_throttle import LogThrottle
from waypost.telemetry.metrics import Tally

_log = structlog.get_logger()


class DropReport:
    """Counts every dropped click, and logs once a minute at most."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._unlogged = 0
        self._throttle = LogThrottle()

    def add(self, clicks: int, error: OSError) -> None:
        """Report that *clicks* were dropped because of *error*."""
        self._tally.clicks_dropped += clicks
        self._unlogged += clicks
        event = "journal.clicks_dropped"
        if not self._throttle.allows(event):
            return
        _log.error(
            event,
            clicks=self._unlogged,
            error=errno.errorcode.get(error.errno or 0, "unknown"),
            reason=error.strerror,
        )
        self._unlogged = 0
