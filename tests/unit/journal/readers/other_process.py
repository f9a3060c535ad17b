"""A reader of a journal in a process of its own: `python -m … FOLDER READER OUTPUT`.

It appends the identity of each click to the file OUTPUT, saves its position, and
writes that to standard output: what a reader does, with a kill between any two steps.
"""

import asyncio
import sys
from pathlib import Path

import msgspec

from waypost.adapters.journal.files.readers import ReaderFile, reader_lock
from waypost.adapters.journal.reading.follower import JournalFollower
from waypost.telemetry.metrics import Metrics


async def read(folder: Path, reader: str, output: Path) -> None:
    """Read clicks as *reader*, until killed."""
    positions = ReaderFile(folder, reader)
    follower = JournalFollower(folder, metrics=Metrics())
    async with reader_lock(folder, reader):
        position = await follower.begin(positions.load)
        while True:
            batch = await follower.read(position, limit=50)
            with output.open("a") as file:
                file.writelines(
                    f"{click.journal}-{click.lane}-{click.sequence}\n"
                    for click in batch.clicks
                )
            if batch.journal:
                await positions.save(batch.journal, batch.position)
            position = batch.position
            print(msgspec.json.encode(position).decode(), flush=True)
            await asyncio.sleep(0 if batch.more else 0.005)


if __name__ == "__main__":
    asyncio.run(read(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])))
