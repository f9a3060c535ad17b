"""Put links into a SQLite file by hand, and read the counts back."""

import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from string import ascii_letters, digits

from bench.servers import TARGET, BenchError, environment

_QUIET_SECONDS = 1.0
_DEADLINE_SECONDS = 90.0


def with_links(data: Path, *, number: int) -> list[str]:
    """Make the folder *data* with a database of *number* links; return their codes.

    The codes are in its file `codes` too, one a line.
    The links do not go through the API, which would take minutes and would leave
    the server warm.
    """
    data.mkdir()
    migrated = subprocess.run(
        [sys.executable, "-m", "waypost", "migrate"],
        cwd=data,
        env=environment(data),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=60,
        check=False,
    )
    if migrated.returncode:
        raise BenchError(f"`waypost migrate` failed:\n{migrated.stdout[-1000:]}")
    codes = _codes(number)
    (data / "codes").write_text("".join(f"{code}\n" for code in codes))
    # As SQLAlchemy writes it: UTC, without a zone.
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")
    rows = ((i, "", code, f"{TARGET}{i}", now, now) for i, code in enumerate(codes, 1))
    with closing(sqlite3.connect(_file(data))) as connection, connection:
        connection.executemany(
            "INSERT INTO links (id, domain, code, target, created_at, updated_at) "
            "VALUES (?, ?, ?, ?, ?, ?)",
            rows,
        )
    return codes


def give_options(data: Path, *, codes: Sequence[str], options: str) -> None:
    """Set *options*, in JSON, on the links of *codes*."""
    with closing(sqlite3.connect(_file(data))) as connection, connection:
        connection.executemany(
            "UPDATE links SET options = ?, version = 2 WHERE code = ?",
            ((options, code) for code in codes),
        )


def counted(data: Path) -> int:
    """Return how many clicks are in the counts of all links."""
    return _ask(data, "SELECT coalesce(sum(clicks), 0) FROM click_counts")


def number_of_links(data: Path) -> int:
    """Return how many links there are."""
    return _ask(data, "SELECT count(*) FROM links")


def settle(data: Path, *, clicks: int) -> None:
    """Return once *clicks* are counted and the count has come to rest, or give up."""
    deadline = time.monotonic() + _DEADLINE_SECONDS
    last, since = counted(data), time.monotonic()
    while time.monotonic() < deadline:
        time.sleep(0.1)
        now = counted(data)
        if now != last:
            last, since = now, time.monotonic()
        elif now >= clicks and time.monotonic() - since > _QUIET_SECONDS:
            return


def _ask(data: Path, question: str) -> int:
    uri = f"file:{_file(data)}?mode=ro"
    with closing(sqlite3.connect(uri, uri=True, timeout=30)) as connection:
        return int(connection.execute(question).fetchone()[0])


def _codes(number: int) -> list[str]:
    chance = random.Random(7)
    codes: set[str] = set()
    while len(codes) < number:
        codes.add("".join(chance.choices(ascii_letters + digits, k=7)))
    return sorted(codes)


def _file(data: Path) -> Path:
    return data / "waypost.db"
