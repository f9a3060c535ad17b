"""Time exports of clicks: `python -m bench.analytics.exports FOLDER [--clicks N]`.

The clicks are those of `waypost demo`, which makes them in FOLDER, or uses what is
there: on SQLite, or in the PostgreSQL and ClickHouse that the settings name. Each form
is written once by `waypost export clicks`, as a process of its own. DuckDB counts the
rows of each file, and must find as many as were asked for.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Final, NamedTuple

import duckdb

_READERS: Final = {
    "parquet": "read_parquet",
    "csv": "read_csv",
    "jsonl": "read_json_auto",
}


class Cost(NamedTuple):
    """What a process took."""

    seconds: float
    processor: float
    megabytes: float
    """Of memory, at most."""


def _run(folder: Path, *arguments: str) -> Cost:
    begin = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-m", "waypost", *arguments],
        env={**os.environ, "DATA_DIR": str(folder)},
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"waypost {arguments[0]} ended with {child.returncode}.")
    return Cost(
        time.perf_counter() - begin,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss / 1024,
    )


def _counted(path: Path, form: str) -> int:
    found = duckdb.execute(f"SELECT count(*) FROM {_READERS[form]}(?)", [str(path)])
    (rows,) = found.fetchone() or (0,)
    return int(rows)


def main() -> None:
    """Make the clicks where they are missing, and time exports."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--clicks", type=int, default=1_000_000)
    parser.add_argument("--links", type=int, default=10_000)
    parser.add_argument("--forms", nargs="+", choices=_READERS, default=["parquet"])
    parser.add_argument("--rounds", type=int, default=1)
    given = parser.parse_args()
    demo = ["--clicks", str(given.clicks), "--links", str(given.links)]
    _run(given.folder, "demo", "--until", "2026-03-31", *demo)
    for form in given.forms * given.rounds:
        path = given.folder / f"clicks.{form}"
        cost = _run(given.folder, "export", "clicks", "--format", form, "-o", str(path))
        rows = _counted(path, form)
        print(
            f"{form:8}{rows:12,} clicks{cost.seconds:8.1f} s{cost.processor:8.1f} s of "
            f"processor{cost.processor / rows * 1e6:7.2f} µs a click"
            f"{cost.megabytes:6.0f} MB{path.stat().st_size / rows:7.1f} bytes a click"
        )
        path.unlink()
        if rows != given.clicks:
            raise SystemExit(f"DuckDB counts {rows:,} of {given.clicks:,} clicks.")


if __name__ == "__main__":
    main()
