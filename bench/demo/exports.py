"""Time exports of clicks.

    python -m bench.demo.exports FOLDER [--store sqlite|postgres|clickhouse]
        [--clicks N] [--forms parquet csv jsonl] [--rounds N]

The clicks are those of `waypost demo`, which makes them below FOLDER, or uses what is
there; the server of the store is started for it and stopped again. Each form is written
by `waypost export clicks`, as a process of its own. DuckDB counts the rows of each
file, and must find as many as were asked for.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Final, NamedTuple

import duckdb

from bench.demo.filling import Demo, fill
from bench.demo.stores import StoreKind, running

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


def _export(settings: Mapping[str, str], form: str, path: Path) -> Cost:
    command = [sys.executable, "-m", "waypost", "export", "clicks"]
    begin = time.perf_counter()
    child = subprocess.Popen(
        [*command, "--format", form, "--output", str(path)],
        env={**os.environ, **settings},
        stdout=subprocess.DEVNULL,
    )
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode:
        raise SystemExit(f"waypost export ended with {child.returncode}.")
    return Cost(
        time.perf_counter() - begin,
        usage.ru_utime + usage.ru_stime,
        usage.ru_maxrss / 1024,
    )


def _counted(path: Path, form: str) -> int:
    found = duckdb.execute(f"SELECT count(*) FROM {_READERS[form]}(?)", [str(path)])
    (rows,) = found.fetchone() or (0,)
    return int(rows)


def _measure(settings: Mapping[str, str], form: str, path: Path, clicks: int) -> None:
    cost = _export(settings, form, path)
    rows, size = _counted(path, form), path.stat().st_size
    path.unlink()
    if rows != clicks:
        raise SystemExit(f"DuckDB counts {rows:,} of {clicks:,} clicks.")
    print(
        f"{form:8}{rows:12,} clicks{cost.seconds:8.1f} s{cost.processor:8.1f} s of "
        f"processor{cost.processor / rows * 1e6:7.2f} µs a click"
        f"{cost.megabytes:6.0f} MB{size / rows:7.1f} bytes a click",
        flush=True,
    )


def main() -> None:
    """Make the clicks where they are missing, and time exports."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--store", type=StoreKind, choices=StoreKind, default=StoreKind.SQLITE
    )
    parser.add_argument("--clicks", type=int, default=1_000_000)
    parser.add_argument("--links", type=int, default=10_000)
    parser.add_argument("--forms", nargs="+", choices=_READERS, default=["parquet"])
    parser.add_argument("--rounds", type=int, default=1)
    wanted = parser.parse_args()
    with running(wanted.store, wanted.folder) as there:
        fill(Demo(wanted.clicks, wanted.links), there.settings)
        for form in wanted.forms * wanted.rounds:
            path = wanted.folder / f"clicks.{form}"
            _measure(there.settings, form, path, wanted.clicks)
    print("load of the machine: {:.1f}, {:.1f}, {:.1f}".format(*os.getloadavg()))


if __name__ == "__main__":
    main()
