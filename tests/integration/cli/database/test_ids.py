"""`waypost ids` and what the doctor says of ids: without a server."""

import asyncio
import json
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Command
from waypost.adapters.leased_file import write_leased
from waypost.adapters.sql.blocks import SqlBlocks
from waypost.adapters.sql.storage import SqlStorage
from waypost.cli.exits import ExitCode
from waypost.domain.codes import CODE_SPACE, IdBlock
from waypost.domain.leased_ids import LeasedIds


def lease(path: Path, number: int) -> None:
    """Lease ids from the database."""

    async def do() -> None:
        storage = await SqlStorage.open(f"sqlite:///{path}", timeout_seconds=5)
        await SqlBlocks(storage.database, name="id_allocator:url").lease(number)
        await storage.aclose()

    asyncio.run(do())


def know(database: Path, highest: int) -> None:
    """Have the data folder know ids up to *highest*."""
    leased = LeasedIds((IdBlock(start=1, end=highest),))
    write_leased(database.parent / "leased-ids.json", leased)


def test_show(waypost: Command, database: Path) -> None:
    """The next id, how many are left, and what the folder knows, also as JSON."""
    lease(database, 41)
    assert waypost("ids", "show").stdout == (
        f"next id      42\nids left     {CODE_SPACE - 42:,}\n"
        "data folder  knows no ids\n"
    )
    know(database, 1_000)
    outcome = waypost("ids", "show")
    assert "knows ids up to 1,000\n" in outcome.stdout
    assert "restored from a backup" in outcome.stdout
    shown = json.loads(waypost("ids", "show", "--json").stdout)
    assert shown == {"next_id": 42, "left": CODE_SPACE - 42, "folder_highest": 1_000}


def test_skip(waypost: Command, database: Path) -> None:
    """A thousand million ids by default; a dry run changes nothing."""
    lease(database, 41)
    skipped = "the ids 42 to 1,000,000,041.\n"
    for _ in range(2):
        assert waypost("ids", "skip", "--dry-run").stdout == f"Would skip {skipped}"
    assert waypost("ids", "skip").stdout == f"Skipped {skipped}"
    skipped = json.loads(waypost("ids", "skip", "9", "--json").stdout)
    assert skipped == {
        "first_skipped": 1_000_000_042,
        "next_id": 1_000_000_051,
        "changed": True,
    }
    assert "next id      1,000,000,051\n" in waypost("ids", "show").stdout


def test_no_more_are_skipped_than_there_are(waypost: Command, database: Path) -> None:
    """The last ids can be skipped, and no id more."""
    lease(database, 10)
    left = CODE_SPACE - 11
    outcome = waypost("ids", "skip", str(left + 1))
    assert (outcome.code, outcome.stdout) == (ExitCode.REFUSED, "")
    assert outcome.stderr == (f"waypost: Only {left:,} ids are left. Skip fewer.\n")
    assert waypost("ids", "skip", str(left)).code == ExitCode.OK
    assert "ids left     0\n" in waypost("ids", "show").stdout


def check(waypost: Command) -> dict[str, str]:
    """Return what the doctor says of ids."""
    found = json.loads(waypost("doctor", "--json", PORT="1").stdout)
    return next(one for one in found["checks"] if one["name"] == "ids")


@pytest.mark.slow
def test_what_the_doctor_says(waypost: Command, database: Path) -> None:
    """Whether the folder knows the ids, and whether it knows more than the database."""
    assert check(waypost)["status"] == "ok"
    lease(database, 41)
    unknown = check(waypost)
    assert unknown["status"] == "note"
    assert "`waypost ids skip`" in unknown["remedy"]
    know(database, 41)
    assert check(waypost)["status"] == "ok"
    know(database, 42)
    behind = check(waypost)
    assert behind["status"] == "warning"
    assert "knows ids up to 42:" in behind["finding"]
    database.unlink()
    assert check(waypost)["status"] == "note"
