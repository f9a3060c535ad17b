"""A process whose files may not grow: the kernel's own "no room", for a while.

Usage: full_disk FOLDER ("while recording" | "before opening")
"""

import asyncio
import json
import resource
import sys
from pathlib import Path

from structlog.testing import capture_logs

from tests.unit.journal.samples import open_journal, read_all, sample_click
from waypost.adapters.journal.reading.source import JournalSource
from waypost.adapters.journal.writing.writer import ClickJournal
from waypost.telemetry.metrics import Metrics


def limit_files(size: int) -> None:
    """Let no file grow beyond *size* bytes; -1: as long as it likes."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


def record(journal: ClickJournal, link_ids: range) -> None:
    """Commit four clicks at a time, so that some are torn in the middle."""
    for start in link_ids[::4]:
        for link_id in range(start, start + 4):
            journal.record(sample_click(link_id), link_id % 2)
        journal.commit()


def main(folder: Path, when: str) -> None:
    """Fill the disk, make room again, and report what stayed."""
    metrics = Metrics()
    with open_journal(folder):
        pass
    limit_files(300 if when == "before opening" else 4_000)
    with capture_logs() as logs, open_journal(folder, metrics=metrics) as journal:
        source = JournalSource(journal, metrics=metrics)
        start = asyncio.run(source.read(None, limit=1)).position
        record(journal, range(1, 41))
        limit_files(resource.RLIM_INFINITY)
        record(journal, range(41, 61))
        sums = source.take(start)
        clicks, damaged = asyncio.run(read_all(source))
    report = {
        "recorded": metrics.tally.clicks_recorded,
        "dropped": metrics.tally.clicks_dropped,
        "clicks": [(at.lane, at.sequence, at.click.link_id) for at in clicks],
        "summed": sorted(sums.clicks) if sums else None,
        "sequences": sums.lanes if sums else None,
        "damaged": [repr(damage) for damage in damaged],
        "logged": [entry["error"] for entry in logs],
    }
    sys.stdout.write(json.dumps(report) + "\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])
