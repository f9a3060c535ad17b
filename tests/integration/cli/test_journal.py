"""`waypost journal`: what is in a journal, whether it is whole, and counting it."""

import asyncio
import json
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Command
from waypost.adapters.journal.files.folder import JournalFolder
from waypost.adapters.journal.writing.room import Bounds
from waypost.adapters.journal.writing.writer import ClickJournal
from waypost.cli.exits import ExitCode
from waypost.domain.clicks import Click, lane_of
from waypost.ports.journal import COUNTS
from waypost.services.clicks.journal_ids import new_journal_id
from waypost.telemetry.metrics import Metrics
from waypost.wire.journal_record import HEADER_BYTES

TIME_NS = 1_772_366_400_000_000_000  # 2026-03-01 12:00:00 UTC


def click(code: str) -> Click:
    """Return a click on the link with id 7."""
    return Click._make([TIME_NS, code, 7, "127.0.0.1", *[b""] * 10, "", "", ""])


async def write(folder: Path, codes: Sequence[str]) -> None:
    """Record a click for each of *codes*, as a server would."""
    claimed = JournalFolder.claim(folder)
    journal = ClickJournal.open(
        claimed,
        journal=new_journal_id(),
        readers=[COUNTS],
        bounds=Bounds(segment=1_000_000, total=10_000_000),
        metrics=Metrics(),
    )
    with closing(journal):
        for code in codes:
            journal.record(click(code), lane_of(code))
        journal.commit()
    claimed.release()


@pytest.fixture
def folder(database: Path) -> Path:
    """The server's own journal, with three clicks that are not counted."""
    make_link(database)
    folder = database.parent / "journal"
    asyncio.run(write(folder, ["a", "b", "a"]))
    return folder


def make_link(database: Path) -> None:
    """Make link 7, which all clicks are on."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(
            "INSERT INTO links"
            " (id, domain, code, target, created_at, updated_at, version)"
            " VALUES (7, '', 'seven', 'https://example.com/',"
            " '2026-01-02 12:00:00.000000', '2026-01-02 12:00:00.000000', 1)"
        )


def segment_of(folder: Path) -> Path:
    """Return the file of the journal's only segment."""
    (segment,) = folder.glob("*.seg")
    return segment


def counted(database: Path) -> int:
    """Return the clicks of link 7 in the database."""
    with closing(sqlite3.connect(database)) as connection:
        row = connection.execute("SELECT clicks FROM click_counts").fetchone()
    return row[0] if row else 0


def test_inspect(waypost: Command, folder: Path) -> None:
    """Each segment is listed with its size, its clicks and their times."""
    size = segment_of(folder).stat().st_size
    header, row = waypost("journal", "inspect").stdout.splitlines()
    report = json.loads(waypost("journal", "inspect", "--json").stdout)

    assert header.split()[:4] == ["SEGMENT", "JOURNAL", "BYTES", "CLICKS"]
    assert row.split() == [
        *("1", report["segments"][0]["journal"], f"{size:,}", "3"),
        *("2026-03-01", "12:00:00", "2026-03-01", "12:00:00"),
    ]
    assert [(one["size"], one["clicks"]) for one in report["segments"]] == [(size, 3)]


def test_verify_a_sound_journal(waypost: Command, folder: Path) -> None:
    """What a killed process leaves at the end is no damage."""
    with segment_of(folder).open("ab") as segment:
        segment.write(b"\x99\x00")

    assert waypost("journal", "verify") == (
        ExitCode.OK,
        "3 clicks in 1 segment can be read; no damage.\n",
        "",
    )


def test_verify_finds_damage(waypost: Command, folder: Path) -> None:
    """Damage is listed with segment, offset and reason, and exits with 1."""
    content = bytearray(segment_of(folder).read_bytes())
    content[content.index(b"127.0.0.1")] ^= 0xFF
    segment_of(folder).write_bytes(content)
    outcome = waypost("journal", "verify")
    as_json = waypost("journal", "verify", "--json")

    assert (outcome.code, as_json.code) == (ExitCode.REFUSED, ExitCode.REFUSED)
    damage, summary = outcome.stdout.splitlines()
    (place,) = json.loads(as_json.stdout)["segments"][0]["damaged"]
    assert damage == (
        f"segment 1, offset {place['offset']}: "
        f"{place['length']} bytes, checksum mismatch"
    )
    assert summary == "2 clicks in 1 segment can be read; 1 damaged place."


def test_replay_counts_once(waypost: Command, folder: Path, database: Path) -> None:
    """However often a journal or its copy is replayed, its clicks count once."""
    backup = shutil.copytree(folder, database.parent.parent / "backup")
    first = waypost("journal", "replay", "--from", str(backup))
    second = waypost("journal", "replay")

    assert first.stdout == (
        "Counted 3 clicks; 0 were counted before, 0 damaged places left out.\n"
    )
    assert second.stdout.startswith("Counted 0 clicks; 3 were counted before,")
    assert counted(database) == 3


def test_replay_into_another_database(
    waypost: Command, folder: Path, database: Path
) -> None:
    """Clicks on links that it does not know count for none, and that is reported."""
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("DELETE FROM links")
    outcome = waypost("journal", "replay")

    assert outcome.stdout == (
        "Counted 0 clicks; 0 were counted before, 0 damaged places, 3 on unknown links "
        "left out.\n"
    )
    assert counted(database) == 0


def test_replay_while_the_database_is_locked(
    waypost: Command, folder: Path, database: Path
) -> None:
    """Waiting for another writer is bounded, reported in one sentence, and harmless."""
    with closing(sqlite3.connect(database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        outcome = waypost("journal", "replay", DATABASE_TIMEOUT_SECONDS="0.1")

    assert outcome == (
        ExitCode.REFUSED,
        "",
        "waypost: The database or the disk refuses: database is locked. "
        "Try again shortly.\n",
    )
    assert waypost("journal", "replay").stdout.startswith("Counted 3 clicks;")


def test_readers(
    waypost: Command, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each reader of the settings is listed, with what it has still to read."""
    unread = segment_of(folder).stat().st_size - HEADER_BYTES
    header, row, of_rows = waypost("journal", "readers").stdout.splitlines()
    assert header.split() == ["READER", "SEGMENT", "OFFSET", "UNREAD", "BYTES"]
    assert row.split() == ["counts", "0", "0", str(unread)]
    assert of_rows.split() == ["rows", "0", "0", str(unread)]

    monkeypatch.setenv("KAFKA_BOOTSTRAP_SERVERS", "localhost:9092")
    position = {"journal": journal_of(folder), "position": [1, HEADER_BYTES + 10]}
    (folder / "forwarded").write_text(json.dumps(position))
    report = json.loads(waypost("journal", "readers", "--json").stdout)
    assert report == {
        "readers": [
            {
                "reader": "bus",
                "segment": 1,
                "offset": HEADER_BYTES + 10,
                "unread_bytes": unread - 10,
            },
            {
                "reader": "rows",
                "segment": 0,
                "offset": 0,
                "unread_bytes": unread,
            },
        ]
    }


def journal_of(folder: Path) -> str:
    """Return the id of the journal in *folder*."""
    return segment_of(folder).stem.partition("-")[2]


@pytest.mark.parametrize("command", ["inspect", "verify", "replay"])
def test_there_is_no_journal(waypost: Command, database: Path, command: str) -> None:
    """A folder that is missing or something else is reported, and stays as it is."""
    empty = database.parent / "empty"
    empty.mkdir()
    missing = waypost("journal", command, "--from", "/nowhere")
    other = waypost("journal", command, "--from", str(empty))

    assert (missing.code, other.code) == (ExitCode.REFUSED, ExitCode.REFUSED)
    assert missing.stderr.startswith("waypost: The click journal in /nowhere cannot")
    assert other.stderr == f"waypost: There is no click journal in {empty}.\n"
    assert list(empty.iterdir()) == []
