"""Jobs on the command line: begun twice, killed, on a full disk, without a server."""

import asyncio
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from moto.server import ThreadedMotoServer
from pyarrow import fs

from tests.integration.api.reports.stored import click
from tests.integration.cli.conftest import Command, clean, logs, waypost
from tests.integration.jobs.stored import (
    DAYS,
    FIRST,
    PER_DAY,
    archived,
    end_locks,
    fill,
)
from waypost.adapters.columns.store import open_sqlite
from waypost.adapters.files.folder import FolderArchive
from waypost.adapters.sql.leadership import SqlLeadership
from waypost.adapters.sql.orphans.store import SqlOrphans
from waypost.adapters.sql.storage import SqlStorage
from waypost.cli.exits import ExitCode
from waypost.domain.analytics.enriched import DAY_MS
from waypost.domain.analytics.orphans import OrphanKey, OrphanKind, OrphanTally
from waypost.domain.reports.calendar import ms_of
from waypost.ports.analytics.orphans import OrphanBatch

__all__ = ["clean", "logs", "waypost"]


@pytest.fixture
def data(waypost: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder with sealed days, which `DATA_DIR` names."""
    folder = tmp_path / "data"
    folder.mkdir()
    monkeypatch.setenv("DATA_DIR", str(folder))
    assert waypost("migrate").code == 0
    asyncio.run(fill(f"sqlite:///{folder}/waypost.db", folder / "clicks.db"))
    return folder


@pytest.fixture
def archive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that `ARCHIVE` names."""
    monkeypatch.setenv("ARCHIVE", str(tmp_path / "archive"))
    return tmp_path / "archive"


def test_days_are_archived_once(waypost: Command, data: Path, archive: Path) -> None:
    """Each sealed day is a file with a manifest, and a second run writes nothing."""
    done = waypost("jobs", "run", "archive", "--json")
    assert done.code == 0, done.stderr
    assert json.loads(done.stdout)["counts"]["clicks"] == DAYS * PER_DAY
    assert archived(archive) == DAYS * PER_DAY
    before = {path: path.stat().st_mtime_ns for path in archive.iterdir()}
    assert len(before) == 2 * DAYS
    again = json.loads(waypost("jobs", "run", "archive", "--json").stdout)
    assert (again["done"], again["skipped"]) == ([], DAYS)
    assert {path: path.stat().st_mtime_ns for path in archive.iterdir()} == before
    status = json.loads(waypost("jobs", "status", "--json").stdout)
    assert (status["job"], status["state"]) == ("archive", "succeeded")


def test_a_day_that_has_changed_is_archived_again(
    waypost: Command, data: Path, archive: Path
) -> None:
    """A late click, and an erasure, are in the archive after the next run."""
    waypost("jobs", "run", "archive")

    async def late() -> None:
        async with await open_sqlite(data / "clicks.db") as store:
            await store.add([click(10_000, at=FIRST, link_id=2)])
            while await store.keep(now_ms=time.time_ns() // 1_000_000 + 7_200_000):
                pass

    asyncio.run(late())
    done = json.loads(waypost("jobs", "run", "archive", "--json").stdout)
    assert done["done"] == ["archive 2026-03-01"]
    assert archived(archive) == DAYS * PER_DAY + 1


async def test_a_full_disk_leaves_no_part(tmp_path: Path) -> None:
    """A file that cannot be finished has no name, and an earlier one stays."""

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(10):
            yield b"x" * 1_000

    folder = FolderArchive(tmp_path / "archive")
    await folder.write("day", pieces())
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (3_000, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            await folder.write("day", pieces())
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert len(await folder.read("day") or b"") == 10_000
    assert [path.name for path in (tmp_path / "archive").iterdir()] == ["day"]


def test_a_run_that_fails_is_noted_and_the_next_goes_on(
    waypost: Command, data: Path, archive: Path
) -> None:
    """A place that cannot be written ends the run with 1, and the reason is kept."""
    archive.write_text("a file where the folder should be")
    failed = waypost("jobs", "run", "archive")
    assert failed.code == ExitCode.REFUSED
    status = json.loads(waypost("jobs", "status", "--json").stdout)
    assert status["state"] == "failed"
    assert status["error"]
    archive.unlink()
    assert waypost("jobs", "run", "archive").code == 0
    assert archived(archive) == DAYS * PER_DAY


@pytest.mark.slow
def test_a_killed_run_is_finished_by_the_next(
    waypost: Command, data: Path, archive: Path
) -> None:
    """A run that is killed in its middle leaves only whole files, and a lock that ends.

    Until then the job is busy: the command says so by its exit code.
    """
    process = subprocess.Popen(
        [sys.executable, "-m", "waypost", "jobs", "run", "archive"], env=os.environ
    )
    while process.poll() is None and not list(archive.glob("*.json")):
        time.sleep(0.001)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert archived(archive) >= 0
    busy = waypost("jobs", "run", "archive")
    assert busy.code in {ExitCode.BUSY, ExitCode.OK}

    asyncio.run(end_locks(data))
    assert waypost("jobs", "run", "archive").code == 0
    assert archived(archive) == DAYS * PER_DAY


def test_two_at_once(waypost: Command, data: Path, archive: Path) -> None:
    """A job that another process runs is not begun, and the exit code says so."""

    async def hold() -> None:
        url = f"sqlite:///{data}/waypost.db"
        storage = await SqlStorage.open(url, timeout_seconds=60)
        lock = SqlLeadership(
            storage.database, name="job archive", lifetime_seconds=3_600
        )
        assert await lock.hold()
        await storage.aclose()

    asyncio.run(hold())
    busy = waypost("jobs", "run", "archive")
    assert (busy.code, busy.stdout) == (ExitCode.BUSY, "")
    assert "Another process runs archive now" in busy.stderr
    assert waypost("jobs", "run", "archive", "--dry-run").code == 0


def test_retention(waypost: Command, data: Path) -> None:
    """Clicks that are too old are deleted, their sums stay, and then those go too."""
    dry = waypost(
        "jobs", "run", "retention", "--dry-run", "--json", CLICK_RETENTION_DAYS="30"
    )
    wanted = {"days_expired": DAYS, "clicks_expired": DAYS * PER_DAY}
    assert json.loads(dry.stdout)["counts"] == wanted
    done = waypost("jobs", "run", "retention", "--json", CLICK_RETENTION_DAYS="30")
    assert json.loads(done.stdout)["counts"] == wanted
    gone = waypost("export", "clicks", "--format", "jsonl", "-o", "-")
    assert gone.stdout == ""
    asyncio.run(add_orphans(f"sqlite:///{data}/waypost.db"))
    wanted = {
        "days_forgotten": DAYS,
        "clicks_forgotten": DAYS * PER_DAY,
        "orphans_forgotten": 3,
    }
    for options in (["--dry-run"], []):
        rest = waypost(
            "jobs", "run", "retention", "--json", *options, REPORT_RETENTION_DAYS="30"
        )
        assert json.loads(rest.stdout)["counts"] == wanted
    rest = waypost("jobs", "run", "retention", "--json", REPORT_RETENTION_DAYS="30")
    assert json.loads(rest.stdout)["counts"]["orphans_forgotten"] == 0


async def add_orphans(database: str) -> None:
    """Store visits without a link: three of the first day, one of today."""
    storage = await SqlStorage.open(database, timeout_seconds=60)
    tallies = {
        OrphanKey(OrphanKind.UNKNOWN_CODE, "x", ms_of(at) // DAY_MS): OrphanTally(
            ms_of(at), ms_of(at), people=people
        )
        for at, people in ((FIRST, 3), (datetime.now(UTC), 1))
    }
    batch = OrphanBatch(source="one", number=1, tallies=tallies)
    await SqlOrphans(storage.database).add(batch)
    await storage.aclose()


def test_retention_keeps_what_is_not_archived(
    waypost: Command, data: Path, archive: Path
) -> None:
    """Days go into the archive before they are deleted; those that cannot yet stay."""

    async def late() -> None:
        async with await open_sqlite(data / "clicks.db") as store:
            await store.add([click(10_000, at=FIRST + timedelta(days=2))])
            await store.keep(now_ms=time.time_ns() // 1_000_000)

    asyncio.run(late())
    waypost("analytics", "reclassify")
    done = waypost("jobs", "run", "retention", "--json", CLICK_RETENTION_DAYS="30")
    assert done.code == 0, done.stderr
    kept = waypost("export", "clicks", "--format", "jsonl", "-o", "-").stdout
    expired = json.loads(done.stdout)["counts"]["clicks_expired"]
    assert expired + len(kept.splitlines()) == DAYS * PER_DAY + 1
    assert kept
    if expired:
        assert archived(archive) >= expired


def test_clicks_are_judged_again_checked_and_erased(
    waypost: Command, data: Path
) -> None:
    """Machines are found by the present list; sums agree; a link leaves nothing."""
    judged = waypost("analytics", "reclassify", "--json")
    assert json.loads(judged.stdout)["counts"] == {"clicks_changed": DAYS * PER_DAY}
    verified = waypost("analytics", "verify", "--json")
    assert verified.code == 0
    assert json.loads(verified.stdout)["counts"]["clicks_not_stored"] == 0
    erased = waypost("analytics", "erase", "--link", "code1", "--json")
    assert json.loads(erased.stdout)["counts"] == {"clicks_erased": DAYS * PER_DAY}
    assert waypost("analytics", "erase", "--link", "nope").code == ExitCode.REFUSED
    assert waypost("analytics", "erase").code == ExitCode.USAGE
    jobs = [
        json.loads(line)["job"]
        for line in waypost("jobs", "status", "--json").stdout.splitlines()
    ]
    assert jobs == ["reclassify", "verify", "erase"]


def test_a_job_that_is_not_set_up_is_refused(waypost: Command, data: Path) -> None:
    """The sentence names the setting."""
    refused = waypost("jobs", "run", "archive")
    assert refused.code == ExitCode.REFUSED
    assert "ARCHIVE names no place" in refused.stderr


def test_jobs_of_postgres(
    waypost: Command,
    migrated_postgres_url: str,
    archive: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same jobs over a PostgreSQL database."""
    asyncio.run(fill(migrated_postgres_url, None))
    monkeypatch.setenv("DATABASE_URL", migrated_postgres_url)
    monkeypatch.setenv("DATA_DIR", str(tmp_path))
    done = waypost("jobs", "run", "archive", "--json")
    assert done.code == 0, done.stderr
    assert archived(archive) == DAYS * PER_DAY
    done = waypost("jobs", "run", "retention", "--json", CLICK_RETENTION_DAYS="30")
    assert json.loads(done.stdout)["counts"]["clicks_expired"] == DAYS * PER_DAY


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a place in storage that speaks S3."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    options = f"endpoint_override={host}:{port}&scheme=http&region=us-east-1"
    files, _ = fs.FileSystem.from_uri(
        f"s3://bucket?{options}&allow_bucket_creation=true"
    )
    files.create_dir("bucket")
    yield f"s3://bucket/clicks?{options}"
    server.stop()


@pytest.mark.slow
def test_days_are_archived_in_a_bucket(
    waypost: Command, data: Path, bucket: str, tmp_path: Path
) -> None:
    """The same files are there, whole, and a second run writes nothing."""
    done = waypost("jobs", "run", "archive", "--json", ARCHIVE=bucket)
    assert done.code == 0, done.stderr
    files, folder = fs.FileSystem.from_uri(bucket)
    found = files.get_file_info(fs.FileSelector(folder))
    copy = tmp_path / "copy"
    copy.mkdir()
    for info in found:
        if info.type is fs.FileType.File:
            with files.open_input_stream(info.path) as file:
                (copy / info.base_name).write_bytes(file.read())
    assert archived(copy) == DAYS * PER_DAY
    assert not list(copy.glob("*.part"))
    again = waypost("jobs", "run", "archive", "--json", ARCHIVE=bucket)
    assert json.loads(again.stdout)["skipped"] == DAYS
