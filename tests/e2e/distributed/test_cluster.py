"""The cluster as `make cluster` starts it: used, hurt, stopped, continued."""

import json
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cluster.chaos.checks import reported, settled
from cluster.chaos.client import Client
from cluster.local import Cluster
from cluster.overview import overview
from cluster.register import REGISTER
from cluster.servers.families import family, is_alive
from cluster.servers.programs import MissingServerError

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
TARGET = "https://example.com/"


def planned(folder: Path) -> Cluster:
    """Return a cluster that has not been started."""
    try:
        return Cluster(folder)
    except MissingServerError as error:
        pytest.skip(str(error))


async def create(cluster: Cluster) -> str:
    """Create a link over nginx, and return its code."""
    body = json.dumps({"url": TARGET}).encode()
    async with Client(cluster.topology.nginx.port) as client:
        answer = await client.request("POST", "/api/shorten", body)
    assert answer.status == 201, answer.body
    code: str = json.loads(answer.body)["short_code"]
    return code


async def follow(cluster: Cluster, code: str, *, times: int) -> None:
    """Follow a link over nginx; it leads where it should each time."""
    async with Client(cluster.topology.nginx.port) as client:
        for _ in range(times):
            answer = await client.request("GET", f"/{code}")
            assert (answer.status, answer.location) == (307, TARGET)


async def counted(cluster: Cluster, code: str, clicks: int) -> int:
    """Return the clicks of *code* once they are at rest, *clicks* if all is well."""
    tally = await settled(
        cluster.topology.settings["DATABASE_URL"],
        complete=lambda tally: tally.counts.get(code, 0) >= clicks,
        seconds=300,
    )
    return tally.counts[code]


async def in_reports(cluster: Cluster, code: str, clicks: int) -> int:
    """Return the clicks of *code* in reports, once they are *clicks* or at rest."""
    deadline = time.monotonic() + 300
    found = 0
    while time.monotonic() < deadline and found != clicks:
        port, token = cluster.topology.nginx.port, cluster.admin_token
        answers = await reported(port, token, seconds=30)
        found = answers.counts.get(code, 0) if answers else 0
    return found


async def test_it_works_survives_and_continues(tmp_path: Path) -> None:
    """Clicks add up over kills of everything and over a stop of the whole cluster."""
    cluster = planned(tmp_path)
    with cluster:
        pids = [server.pid for server in cluster.processes.values()]
        assert all(pid is not None and is_alive(pid) for pid in pids)
        code = await create(cluster)
        await follow(cluster, code, times=100)
        for name in (
            *("app-1", "ingest-1", "rows-1", "kafka"),
            *("redis", "postgres", "keygen-1"),
        ):
            cluster.processes[name].kill()
            await follow(cluster, code, times=20)
            cluster.processes[name].start()
        assert await counted(cluster, code, 240) == 240
        assert await in_reports(cluster, code, 240) == 240
        assert max(map(len, overview(cluster).splitlines()[:-1])) <= 80
    assert not any(is_alive(pid) for pid in pids if pid is not None)

    # Other ports, other processes, the same data.
    with planned(tmp_path) as again:
        await follow(again, code, times=30)
        assert await counted(again, code, 270) == 270
        assert await in_reports(again, code, 270) == 270


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


@pytest.mark.parametrize("ending", ["Ctrl-C", "down"])
def test_nothing_is_left_behind(tmp_path: Path, ending: str) -> None:
    """Ctrl-C, and `down` from elsewhere, stop everything and remove the data."""
    planned(tmp_path)
    with started("cluster", "--quiet") as running:
        said = read_until(running, "Ctrl-C stops everything")
        found = re.search(r"data and logs +(\S+)", said)
        assert found is not None
        folder = Path(found[1])
        assert (folder / "postgres").is_dir()
        note = json.loads((REGISTER / f"{running.pid}.json").read_text())
        pids = [process["pid"] for process in note["processes"].values()]
        members = [member for pid in pids for member in family(pid)]
        assert len(members) > len(pids) > 12
        if ending == "Ctrl-C":
            running.send_signal(signal.SIGINT)
        else:
            with started("cluster", "down") as down:
                read_until(down, f"The cluster of process {running.pid} has stopped")
        read_until(running, "Everything has stopped")
        assert running.wait(60) == 0
    assert not folder.exists()
    assert not any(is_alive(pid) for pid in members)


def test_a_short_chaos_run_keeps_every_promise(tmp_path: Path) -> None:
    """Some rounds of it; the whole run is `make chaos`."""
    planned(tmp_path)
    rounds = ("--rounds", "3", "--seed", "2120", "--rate", "150")
    with started("cluster.chaos", *rounds) as running:
        said = read_until(running, "promise")
        assert "Every promise was kept." in said
        assert running.wait(60) == 0
