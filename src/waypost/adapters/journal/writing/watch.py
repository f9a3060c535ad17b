"""Watching that a journal keeps clicks: its folder is there, and has room."""

import asyncio
import errno
from typing import Final

import structlog

from waypost.adapters.journal.writing.writer import ClickJournal
from waypost.domain.errors import BackendUnavailable

INTERVAL_SECONDS: Final = 1.0
"""How often it is looked at."""

_log = structlog.get_logger()


class JournalWatch:
    """Looks after a journal; mends what can be mended, and logs every change."""

    def __init__(self, journal: ClickJournal) -> None:
        self._journal = journal
        self._is_well = True

    async def run(self) -> None:
        """Look after it, until cancelled."""
        while True:
            self._look()
            await asyncio.sleep(INTERVAL_SECONDS)

    async def check(self) -> None:
        """Return if the next click will be kept, as far as anybody can know.

        Raises:
            BackendUnavailable: It would be dropped, or lost at a restart.
        """
        error = self._look()
        if error is not None:
            raise BackendUnavailable from error

    def _look(self) -> OSError | None:
        try:
            self._journal.ensure_recording()
        except OSError as error:
            if self._is_well:
                self._is_well = False
                _log.error(
                    "journal.unhealthy",
                    error=errno.errorcode.get(error.errno or 0, "unknown"),
                    reason=error.strerror,
                )
            return error
        if not self._is_well:
            self._is_well = True
            _log.info("journal.healthy")
        return None
