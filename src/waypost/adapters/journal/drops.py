"""Telling, in a metric and a log, of clicks that could not be kept."""

import errno
from time import monotonic

import structlog

from waypost.telemetry.metrics import Tally

_LOG_SECONDS = 60.0

_log = structlog.get_logger()


class DropReport:
    """Counts every dropped click, and logs once a minute at most."""

    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._unlogged = 0
        self._silent_until = 0.0

    def add(self, clicks: int, error: OSError) -> None:
        """Tell that *clicks* were dropped because of *error*."""
        self._tally.clicks_dropped += clicks
        self._unlogged += clicks
        if monotonic() < self._silent_until:
            return
        _log.error(
            "journal.clicks_dropped",
            clicks=self._unlogged,
            error=errno.errorcode.get(error.errno or 0, "unknown"),
            reason=error.strerror,
        )
        self._unlogged = 0
        self._silent_until = monotonic() + _LOG_SECONDS
