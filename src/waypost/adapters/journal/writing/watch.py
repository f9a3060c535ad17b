"""Watching that a journal keeps clicks, and that each of its readers reads them."""

import asyncio
import errno
from contextlib import suppress
from typing import Final

import structlog

from waypost.adapters.journal.writing.writer import ClickJournal
from waypost.domain.errors import BackendUnavailable

INTERVAL_SECONDS: Final = 1.0
"""How often it is checked."""

_log = structlog.get_logger()


class JournalWatch:
    """Checks a journal, repairs what it can, and logs every change."""

    def __init__(self, journal: ClickJournal) -> None:
        self._journal = journal
        self._is_well = True
        self._stalled: list[str] = []

    async def run(self) -> None:
        """Check it, until cancelled."""
        while True:
            self._look()
            self._look_at_readers()
            # Also while nothing is counted, so that no reader lets go of anything.
            with suppress(BackendUnavailable):
                await self._journal.make_room()
            await asyncio.sleep(INTERVAL_SECONDS)

    async def check(self) -> None:
        """Check that the next click will be kept, as far as this can be known.

        Raises:
            BackendUnavailable: It would be dropped, or lost at a restart.
        """
        error = self._look()
        if error is not None:
            raise BackendUnavailable from error

    async def check_readers(self) -> None:
        """Return if every reader reads what there is.

        Raises:
            BackendUnavailable: One stands still; clicks are kept for it.
        """
        stalled = self._look_at_readers()
        if stalled:
            raise BackendUnavailable(f"stalled: {', '.join(stalled)}")

    def _look_at_readers(self) -> list[str]:
        readers = self._journal.readers
        stalled = readers.stalled()
        for reader in stalled:
            if reader not in self._stalled:
                unread = readers.unread(reader)
                _log.error("journal.reader_stalled", reader=reader, unread_bytes=unread)
        for reader in self._stalled:
            if reader not in stalled:
                _log.info("journal.reader_reads_again", reader=reader)
        self._stalled = stalled
        return stalled

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
