"""The cluster as `make cluster` and `make chaos` start it: nothing is left of it.

`CHAOS_ROUNDS` is how many rounds of chaos there are; one by default.
"""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cluster.local import Cluster
from cluster.register import REGISTER
from cluster.servers.families import family, is_alive
from cluster.servers.programs import MissingServerError

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]


CHAOS_ROUNDS = os.environ.get("CHAOS_ROUNDS", "1")


def require_programs(folder: Path) -> None:
    """Skip the test where a program is missing."""
    try:
        Cluster(folder)
    except MissingServerError as error:
        pytest.skip(str(error))


@contextmanager
def started(*arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run a module with these arguments as a person in a terminal would."""
    process = subprocess.Popen(
        [sys.executable, "-m", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    with process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)


def read_until(process: subprocess.Popen[str], pattern: str) -> str:
    """Return what *process* prints until a line that *pattern* is found in."""
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if re.search(pattern, line):
            return said
    raise AssertionError(f"It ended without {pattern!r}:\n{said}")


def left_by(running: "subprocess.Popen[str]") -> tuple[Path, list[int]]:
    """Return the folder of a run, and its processes with their children."""
    note = json.loads((REGISTER / f"{running.pid}.json").read_text())
    pids = [process["pid"] for process in note["processes"].values()]
    return Path(note["folder"]), [member for pid in pids for member in family(pid)]


def test_nothing_is_left_behind(tmp_path: Path) -> None:
    """`down` from elsewhere stops everything and removes the data."""
    require_programs(tmp_path)
    with started("cluster", "--quiet") as running:
        said = read_until(running, "Ctrl-C stops everything")
        folder, members = left_by(running)
        assert re.search(rf"data and logs +{re.escape(str(folder))}\b", said)
        assert (folder / "postgres").is_dir()
        assert len(members) > 13
        with started("cluster", "down") as down:
            read_until(down, f"The cluster of process {running.pid} has stopped")
        read_until(running, "Everything has stopped")
        assert running.wait(60) == 0
    assert not folder.exists()
    assert not any(is_alive(pid) for pid in members)


def test_nothing_is_left_of_a_start_that_is_stopped(tmp_path: Path) -> None:
    """Ctrl-C stops what runs already, and removes its data."""
    require_programs(tmp_path)
    with started("cluster", "--quiet") as running:
        read_until(running, "postgres answers")
        folder, members = left_by(running)
        assert len(members) > 5
        running.send_signal(signal.SIGINT)
        read_until(running, "Everything has stopped")
        assert running.wait(60) == 0
    assert not folder.exists()
    assert not any(is_alive(pid) for pid in members)


def test_a_short_chaos_run_keeps_every_promise(tmp_path: Path) -> None:
    """Some rounds of it; the whole run is `make chaos`."""
    require_programs(tmp_path)
    rounds = ("--rounds", CHAOS_ROUNDS, "--seed", "2120", "--rate", "150")
    with started("cluster.chaos", *rounds) as running:
        assert running.stdout is not None
        said = running.stdout.read()
        assert running.wait(60) == 0, said
    assert "Every promise was kept." in said
