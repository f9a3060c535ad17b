"""Every process of the cluster is restarted under load, and no request fails."""

import asyncio
import json
from collections import Counter
from collections.abc import Awaitable, Callable
from functools import partial

import pytest
from cluster.chaos.checks import doubtful_tries, settled
from cluster.chaos.client import Answer, Client
from cluster.local import Cluster

pytestmark = pytest.mark.slow

READERS, WRITERS = 6, 3
PAUSE_SECONDS = 0.05
"""How long a client rests between requests: the machine is there for others too, and
each restart still meets hundreds."""


class Load:
    """Clients behind nginx, and what they were answered."""

    def __init__(self, port: int) -> None:
        self.followed: Counter[str] = Counter()
        self.created: dict[str, str] = {}
        self.failed: list[Answer] = []
        self._port = port
        self._stopping = asyncio.Event()

    async def create(self, client: Client) -> str:
        """Create a link and return its code."""
        target = f"https://example.com/{len(self.created)}"
        body = json.dumps({"url": target}).encode()
        answer = await client.request("POST", "/api/shorten", body)
        if answer.status != 201:
            self.failed.append(answer)
            return ""
        code: str = json.loads(answer.body)["short_code"]
        self.created[code] = target
        return code

    async def follow(self, client: Client, code: str) -> None:
        """Follow a link."""
        answer = await client.request("GET", f"/{code}")
        if (answer.status, answer.location) == (307, self.created[code]):
            self.followed[code] += 1
        else:
            self.failed.append(answer)

    async def during(self, action: Callable[[], None]) -> None:
        """Have all clients at work from before *action* until after it."""
        async with Client(self._port) as client:
            codes = [await self.create(client) for _ in range(READERS)]
        readers = [self._repeat(partial(self.follow, code=code)) for code in codes]
        writers = [self._repeat(self.create) for _ in range(WRITERS)]
        async with asyncio.TaskGroup() as group:
            for one in (*readers, *writers):
                group.create_task(one)
            await asyncio.to_thread(action)
            self._stopping.set()

    async def _repeat(self, act: Callable[[Client], Awaitable[object]]) -> None:
        async with Client(self._port) as client:
            while not self._stopping.is_set():
                await act(client)
                await asyncio.sleep(PAUSE_SECONDS)


async def test_no_request_fails(cluster: Cluster) -> None:
    """Every create gets its 201, every visitor a 307, and every click is counted."""
    before = {name: server.pid for name, server in cluster.processes.items()}
    load = Load(cluster.topology.nginx.port)
    await load.during(cluster.restart_waypost)
    after = {name: server.pid for name, server in cluster.processes.items()}
    tally = await settled(
        cluster.topology.settings["DATABASE_URL"],
        complete=lambda tally: Counter(tally.counts) >= load.followed,
        seconds=300,
    )
    doubtful = doubtful_tries(cluster.topology.nginx.tries)
    print(f"{load.followed.total()} followed, {len(load.created)} created")

    assert load.failed == []
    restarted = {name for name in before if before[name] != after[name]}
    roles = ("keygen", "app", "ingest")
    assert restarted == {f"{role}-{n}" for role in roles for n in (1, 2)} | {"warmer"}
    assert min(load.followed.values()) > 100
    assert {code: tally.counts[code] for code in load.followed} == load.followed
    # No app was asked twice for the same: each answered all that it had taken.
    assert not doubtful.keys() & load.created.keys()
