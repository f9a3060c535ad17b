"""What it costs to read, enrich and store clicks: `python -m bench.analytics.ingest`.

A journal of made-up clicks (those of `bench.analytics.enrichment`, over a thousand
links) is stored in SQLite as the process of reports does it, upkeep and the loading of
the libraries included. The result is by processor time of the whole process, to which
a busy machine adds up to a half.
"""

import argparse
import asyncio
import random
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.analytics.enrichment import clicks
from waypost.adapters.journal.files.folder import JournalFolder
from waypost.adapters.journal.writing.room import Bounds
from waypost.adapters.journal.writing.writer import ClickJournal
from waypost.config import Settings
from waypost.domain.clicks import JournaledClick, lane_of
from waypost.ports.journal import ROWS
from waypost.processes.running.garbage import look_for_garbage_rarely
from waypost.services.analytics.store_journal import Stored
from waypost.services.clicks.journal_ids import new_journal_id
from waypost.telemetry.metrics import Metrics
from waypost.wiring.jobs.scheduled import WithJobs
from waypost.wiring.programs.rows_child import open_journal_rows

LINKS: Final = 1_000
_ROUND: Final = 50_000
_BOUNDS: Final = Bounds(segment=64 << 20, total=64 << 30)


def write_journal(path: Path, drawn: Sequence[JournaledClick], number: int) -> None:
    """Write *number* clicks, *drawn* ones again and again, to the folder *path*."""
    folder = JournalFolder.claim(path)
    journal = ClickJournal.open(
        folder,
        journal=new_journal_id(),
        readers=[ROWS],
        bounds=_BOUNDS,
        metrics=Metrics(),
    )
    try:
        for at in range(number):
            click = drawn[at % len(drawn)].click
            link = 1 + int(LINKS * random.random() ** 3)
            code = f"c{link}"
            moved = click._replace(time_ns=time.time_ns(), code=code, link_id=link)
            journal.record(moved, lane_of(code))
            if at % 1_000 == 0:
                journal.commit()
        journal.commit()
    finally:
        journal.close()
        folder.release()


class Measured:
    """Takes the reports of the process, and stops it when all is stored."""

    def __init__(self, number: int) -> None:
        self._number = number
        self.stored = 0
        self.loop: WithJobs | None = None

    def __call__(self, stored: Stored) -> None:
        """Note what came of one batch."""
        self.stored += stored.clicks
        if self.stored >= self._number and self.loop:
            self.loop.stop()


async def measure(settings: Settings, number: int) -> float:
    """Store the journal of *settings*; return the seconds of the processor."""
    measured = Measured(number)
    look_for_garbage_rarely()
    began = time.process_time()
    async with open_journal_rows(settings, measured) as loop:
        measured.loop = loop
        await loop.run()
    return time.process_time() - began


def main() -> None:
    """Measure once."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clicks", type=int, default=300_000)
    number = parser.parse_args().clicks
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(DATA_DIR=Path(folder))
        drawn = clicks(min(number, _ROUND), chance=random.Random(1))
        write_journal(settings.journal_folder, drawn, number)
        seconds = asyncio.run(measure(settings, number))
    print(f"{number} clicks, {seconds / number * 1e6:.2f} µs of the processor a click")
    print(f"{number / seconds:,.0f} clicks a processor second")


if __name__ == "__main__":
    main()
