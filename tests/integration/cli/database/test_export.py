"""`waypost export`: clicks and links of a data folder, without a server."""

import asyncio
import csv
import json
import resource
from io import StringIO
from pathlib import Path

import duckdb
import pytest

from tests.integration.api.reports.stored import NOW, click
from tests.integration.cli.conftest import Command
from tests.unit.sql.links import add, link
from waypost.adapters.columns.store import open_postgres, open_sqlite
from waypost.adapters.sql.storage import SqlStorage
from waypost.cli.exits import ExitCode

CLICKS = 12_345
LINKS = 3


async def _fill(database: str, clicks: Path | None) -> None:
    storage = await SqlStorage.open(database, timeout_seconds=60)
    for number in range(1, LINKS + 1):
        await add(storage, link(number))
    await storage.aclose()
    opening = open_sqlite(clicks) if clicks else open_postgres(database)
    async with await opening as store:
        await store.add(
            [click(n, link_id=1 + n % LINKS, city="Bern") for n in range(CLICKS)]
        )


@pytest.fixture
def data(waypost: Command, tmp_path: Path) -> str:
    """A data folder with links and clicks."""
    folder = tmp_path / "data"
    folder.mkdir()
    assert waypost("migrate", "--data-dir", str(folder)).code == 0
    asyncio.run(_fill(f"sqlite:///{folder}/waypost.db", folder / "clicks.db"))
    return str(folder)


def test_clicks_are_written(waypost: Command, data: str, tmp_path: Path) -> None:
    """Every click is in the file, in each form, and the links have their names."""
    for form in ("csv", "jsonl", "parquet"):
        path = tmp_path / f"clicks.{form}"
        done = waypost(
            "export", "clicks", "--format", form, "-o", str(path), "--data-dir", data
        )
        assert done.code == 0, done.stderr
        assert done.stdout == f"{path}: {CLICKS:,} clicks.\n"
        found = duckdb.execute(
            "SELECT count(DISTINCT id), count(DISTINCT code), min(city) FROM "
            f"{'read_json_auto' if form == 'jsonl' else f'read_{form}'}(?)",
            [str(path)],
        ).fetchone()
        assert found == (CLICKS, LINKS, "Bern")
        assert not list(tmp_path.glob("*.part"))


def test_clicks_are_chosen(waypost: Command, data: str) -> None:
    """A link and a period are asked for as reports are, on standard output too."""
    day = f"{NOW:%Y-%m-%d}"
    some = waypost(
        *("export", "clicks", "--link", "code2", "--from", day, "-o", "-"),
        *("--data-dir", data),
    )
    assert some.code == 0, some.stderr
    assert {row["code"] for row in csv.DictReader(StringIO(some.stdout))} == {"code2"}
    none = waypost("export", "clicks", "--to", day, "-o", "-", "--data-dir", data)
    assert none.code == ExitCode.USAGE
    unknown = waypost("export", "clicks", "--link", "no", "-o", "-", "--data-dir", data)
    assert unknown.code == ExitCode.REFUSED
    assert "No link is called no" in unknown.stderr


def test_links_are_written(waypost: Command, data: str) -> None:
    """Every link, newest first, behind one that is named."""
    all_ = waypost(
        "export", "links", "--format", "jsonl", "-o", "-", "--data-dir", data
    )
    ids = [json.loads(line)["id"] for line in all_.stdout.splitlines()]
    assert ids == [3, 2, 1]
    rest = waypost(
        *("export", "links", "--format", "jsonl", "--after", "3", "-o", "-"),
        *("--data-dir", data),
    )
    ids = [json.loads(line)["id"] for line in rest.stdout.splitlines()]
    assert ids == [2, 1]


def test_links_are_chosen(waypost: Command, data: str) -> None:
    """Filters of lists hold without a server, too, and a wrong one is refused."""
    export = ("export", "links", "--columns", "id", "-o", "-", "--data-dir", data)
    some = waypost(*export, "--code", "code2", "--host", "example.com")
    assert some.stdout.split() == ["id", "2"], some.stderr
    rest = waypost(*export, "--not-has", "rules", "--after", "3")
    assert rest.stdout.split() == ["id", "2", "1"], rest.stderr
    for wrong, advice in (
        (("--has", "rule"), "--has: It does not take this value. Did you mean rules?"),
        (("--search", "-"), "--search: This needs a letter"),
        (("--has", "title", "--after", "9"), "there has to be a link 9"),
    ):
        refused = waypost(*export, *wrong)
        assert refused.code != 0
        assert advice in " ".join(refused.stderr.split())


def test_columns_are_chosen(waypost: Command, data: str) -> None:
    """Those that are named, in their order; another name is refused, with all."""
    some = waypost(
        *("export", "links", "--columns", "code,id", "-o", "-", "--data-dir", data)
    )
    assert some.stdout.splitlines() == ["code,id", "code3,3", "code2,2", "code1,1"]
    some = waypost(
        *("export", "clicks", "--columns", "city", "-o", "-", "--data-dir", data)
    )
    assert some.stdout.splitlines() == ["city", *["Bern"] * CLICKS]
    wrong = waypost(
        *("export", "clicks", "--columns", "citty", "-o", "-", "--data-dir", data)
    )
    assert wrong.code == ExitCode.USAGE
    assert "no column citty. Did you mean city? There are id, at" in wrong.stderr


def test_a_full_disk_leaves_the_old_file(
    waypost: Command, data: str, tmp_path: Path
) -> None:
    """An export that cannot be finished replaces nothing, and leaves nothing over."""
    path = tmp_path / "clicks.csv"
    path.write_text("old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        done = waypost("export", "clicks", "-o", str(path), "--data-dir", data)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert done.code == ExitCode.REFUSED
    assert "cannot be written" in done.stderr
    assert path.read_text() == "old"
    assert not list(tmp_path.glob("*.part"))


def test_a_folder_without_clicks_is_refused(waypost: Command, tmp_path: Path) -> None:
    """Nothing is made where there is no server's data; the sentence says what to do."""
    done = waypost("export", "clicks", "-o", "x.csv", "--data-dir", str(tmp_path))
    assert done.code == ExitCode.REFUSED
    assert "There are no clicks in" in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_postgres_is_exported(
    waypost: Command, migrated_postgres_url: str, tmp_path: Path
) -> None:
    """Clicks and links of a PostgreSQL database are exported by the same command."""
    asyncio.run(_fill(migrated_postgres_url, None))
    path = tmp_path / "clicks.parquet"
    done = waypost(
        *("export", "clicks", "--format", "parquet", "-o", str(path)),
        DATABASE_URL=migrated_postgres_url,
    )
    assert done.code == 0, done.stderr
    found = duckdb.execute(
        "SELECT count(DISTINCT id), count(DISTINCT code) FROM read_parquet(?)",
        [str(path)],
    ).fetchone()
    assert found == (CLICKS, LINKS)
