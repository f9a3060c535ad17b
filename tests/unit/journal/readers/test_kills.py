"""A reader in another process, killed again and again while clicks are recorded."""

import asyncio
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import msgspec
import pytest

from tests.unit.journal.samples import open_journal, segment_numbers, write_clicks
from waypost.adapters.journal.reading.source import JournalSource
from waypost.adapters.journal.writing.writer import ClickJournal
from waypost.domain.clicks import LANES, JournalPosition
from waypost.ports.journal import COUNTS
from waypost.telemetry.metrics import Metrics

READER = "rows"
KILLS = 6
WAIT_SECONDS = 120

pytestmark = pytest.mark.slow


async def _release(process: Process, journal: ClickJournal) -> None:
    """Pass on the positions that the reader reports, as its parent does."""
    assert process.stdout
    while line := await process.stdout.readline():
        with suppress(msgspec.DecodeError):  # it was killed in the middle of a line
            position = msgspec.json.decode(line, type=JournalPosition)
            await journal.release(position, reader=READER)


@asynccontextmanager
async def _reading(journal: ClickJournal, output: Path) -> AsyncIterator[None]:
    """Have the other process read meanwhile, and kill it at the end."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.unit.journal.readers.other_process"),
        *(str(journal.folder.path), READER, str(output)),
        stdout=PIPE,
    )
    releasing = asyncio.create_task(_release(process, journal))
    try:
        yield
    finally:
        process.kill()
        await process.wait()
        await releasing


async def _until_read(output: Path, lines: int) -> None:
    async with asyncio.timeout(WAIT_SECONDS):
        while _lines(output) < lines:  # noqa: ASYNC110  # of another process
            await asyncio.sleep(0.01)


def _lines(output: Path) -> int:
    return output.read_text().count("\n") if output.exists() else 0


async def test_kills(tmp_path: Path) -> None:
    """It gets every click, some twice; what both readers have passed is deleted."""
    output = tmp_path / "read"
    with open_journal(
        tmp_path / "journal", readers=(COUNTS, READER), segment_bytes=3_000
    ) as journal:
        source = JournalSource(journal, metrics=Metrics())
        position, counted = None, 0
        for number in range(KILLS):
            async with _reading(journal, output):
                for lane in range(LANES):
                    write_clicks(journal, range(1, 6), lane)
                    batch = await source.read(position, limit=1_000)
                    counted += len(batch.clicks)
                    position = batch.position
                    await source.release(position)
                    await asyncio.sleep(0)
                # Killed wherever it is then, once it has read some.
                await _until_read(output, 1 + number * LANES * 3)
        async with _reading(journal, output), asyncio.timeout(WAIT_SECONDS):
            while journal.readers.unread(READER):  # noqa: ASYNC110  # of a process
                await asyncio.sleep(0.01)
        assert segment_numbers(journal.folder.path) == [journal.position.segment]
        name, each = journal.journal, KILLS * 5
    assert counted == LANES * each
    found = output.read_text().splitlines()
    assert set(found) == {
        f"{name}-{lane}-{sequence}"
        for lane in range(LANES)
        for sequence in range(1, each + 1)
    }
    assert len(found) < 2 * len(set(found)), "a position is saved after each batch"
