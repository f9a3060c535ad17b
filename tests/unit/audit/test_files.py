"""Files of the audit trail: whole lines, each entry once, new ones by day and size."""

import asyncio
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import structlog

from waypost.adapters.files.audit import AuditFiles
from waypost.adapters.memory.storage import MemoryStorage
from waypost.domain.audit.entries import BY_SERVER, AuditEntry
from waypost.domain.errors import BackendUnavailable
from waypost.domain.links import Link
from waypost.ports.audit.trail import EntryLine
from waypost.services.audit.files import KeepAuditFiles, check_filed
from waypost.services.audit.links import link_created
from waypost.wire.audit_entry import encode_entry

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def entry(number: int, *, at: datetime = NOON) -> AuditEntry:
    """Return an entry that is later than those of lower numbers."""
    moment = at + timedelta(seconds=number)
    return link_created(
        Link(
            id=number,
            code=f"code{number}",
            target="https://example.com/ä",
            created_at=moment,
            updated_at=moment,
        ),
        by=BY_SERVER,
    )


def line_of(entry: AuditEntry) -> EntryLine:
    """Return an entry as a store gives it to a file."""
    return EntryLine(entry.id, encode_entry(entry).decode())


class Lock:
    """A lock that this process has, or another one."""

    lifetime_seconds = 60.0

    def __init__(self) -> None:
        self.is_ours = True

    async def hold(self) -> bool:
        """Return whether it is ours."""
        return self.is_ours

    async def resign(self) -> None:
        """Give it up."""
        self.is_ours = False


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.time = NOON

    def now(self) -> datetime:
        """Return the time that was set."""
        return self.time


class Place:
    """A store, and what keeps its files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.storage = MemoryStorage()
        self.lock = Lock()
        self.clock = Clock()
        self.restart()

    def restart(self) -> None:
        """Begin again, as a new process does."""
        self.keep = KeepAuditFiles(
            self.storage.audit,
            files=AuditFiles(self.folder),
            lock=self.lock,
            clock=self.clock,
            kept=timedelta(days=2),
        )

    async def store(self, *entries: AuditEntry) -> None:
        """Store entries."""
        async with self.storage.transaction() as transaction:
            await transaction.audit.add(entries)

    def names(self) -> list[str]:
        """Return the names of the files."""
        return sorted(path.name for path in self.folder.iterdir())


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A store without entries."""
    return Place(tmp_path / "audit")


async def test_files_follow_the_store(place: Place) -> None:
    """What is committed is in a file that only its owner reads; once, and no later."""
    entries = [entry(number) for number in range(3)]
    await place.store(*entries)
    await place.keep.file_some()
    await place.keep.file_some()
    assert list(AuditFiles(place.folder).entries()) == entries[::-1]
    (path,) = place.folder.iterdir()
    assert path.name == "audit-2026-01-02-0001.jsonl"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(place.folder.stat().st_mode) == 0o700


async def test_killed_before_it_is_noted(place: Place) -> None:
    """A process that wrote entries and did not live to note it: the next does not."""
    first, second = entry(1), entry(2)
    await place.store(first)
    AuditFiles(place.folder).append([line_of(first)], now=NOON)
    await place.store(second)
    place.restart()
    await place.keep.file_some()
    assert list(AuditFiles(place.folder).entries()) == [second, first]


async def test_torn_line_is_passed_over_and_said(place: Place) -> None:
    """A line that was cut off spoils no other one; its entry is written again."""
    await place.store(entry(1))
    await place.keep.file_some()
    (path,) = place.folder.iterdir()
    with path.open("ab") as file:
        file.write(b'{"id":"0195')
    await place.store(entry(2))
    place.restart()
    with structlog.testing.capture_logs() as logs:
        await place.keep.file_some()
    assert [one.resource.id for one in AuditFiles(place.folder).entries()] == ["2", "1"]
    assert [log["event"] for log in logs] == ["audit.torn_line"]


async def test_disk_that_refuses_stops_nothing(place: Place) -> None:
    """Entries wait in the store, health says so, and later all of them are written."""
    place.folder.write_text("no folder")
    await place.store(entry(1))
    with pytest.raises(OSError, match="audit"):
        await place.keep.file_some()
    await place.store(entry(2))
    place.clock.time += timedelta(seconds=30)
    await check_filed(place.storage.audit, place.clock)
    place.clock.time += timedelta(minutes=2)
    with pytest.raises(BackendUnavailable):
        await check_filed(place.storage.audit, place.clock)
    place.folder.unlink()
    await place.keep.file_some()
    await check_filed(place.storage.audit, place.clock)
    assert len(list(AuditFiles(place.folder).entries())) == 2


async def test_one_process_writes(place: Place) -> None:
    """While another process has the lock, this one leaves the entries to it."""
    await place.store(entry(1))
    place.lock.is_ours = False
    await place.keep.file_some()
    assert not place.folder.exists()


async def test_files_end_by_day_and_by_size(place: Place) -> None:
    """A full file is followed by the next number, a day by the next day."""
    files = AuditFiles(place.folder, max_bytes=100)
    for number in range(2):
        files.append([line_of(entry(number))], now=NOON)
    files.append([line_of(entry(2))], now=NOON + timedelta(days=1))
    files.append([line_of(entry(3))], now=NOON)  # the clock was set back
    assert place.names() == [
        "audit-2026-01-02-0001.jsonl",
        "audit-2026-01-02-0002.jsonl",
        "audit-2026-01-03-0001.jsonl",
        "audit-2026-01-03-0002.jsonl",
    ]
    assert [one.resource.id for one in files.entries()] == ["3", "2", "1", "0"]


async def test_what_is_too_old_is_deleted(place: Place) -> None:
    """Entries and files of days before the retention go; other files stay."""
    for day in range(4):
        place.clock.time = NOON + timedelta(days=day)
        await place.store(entry(day, at=place.clock.time))
        await place.keep.file_some()
    (place.folder / "notes.txt").write_text("mine")
    await place.keep.expire_some()
    assert place.names() == [
        "audit-2026-01-03-0001.jsonl",
        "audit-2026-01-04-0001.jsonl",
        "audit-2026-01-05-0001.jsonl",
        "notes.txt",
    ]
    assert len(await place.storage.audit.unfiled(limit=9)) == 0


async def test_it_gives_the_lock_up(place: Place) -> None:
    """Another process goes on at once where one has ended."""
    await place.store(entry(1))
    running = asyncio.create_task(place.keep.run())
    while not place.folder.exists() or not place.names():  # noqa: ASYNC110  # a file
        await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait([running])
    assert not place.lock.is_ours
