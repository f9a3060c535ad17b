"""The whole cluster is used, hurt, stopped and continued."""

import json
import time

import pytest
from cluster.chaos.checks import reported, settled
from cluster.chaos.client import Client
from cluster.local import Cluster
from cluster.overview import overview
from cluster.servers.families import is_alive
from cluster.topology import Size

pytestmark = pytest.mark.slow

TARGET = "https://example.com/"


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


async def test_it_works_survives_and_continues(cluster: Cluster) -> None:
    """Clicks add up over kills of everything and over a stop of the whole cluster.

    It comes last of those that share it.
    """
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
    cluster.stop()
    assert not any(is_alive(pid) for pid in pids if pid is not None)

    # Other ports, other processes, the same data.
    fewer = Size(apps=1, keygens=1, ingests=1)
    with Cluster(cluster.folder, size=fewer) as again:
        await follow(again, code, times=30)
        assert await counted(again, code, 270) == 270
        assert await in_reports(again, code, 270) == 270
