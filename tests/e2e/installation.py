"""The whole product with a separate edge, for tests that take parts of it away."""

import asyncio
import json
import socket
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from enum import Enum
from http.client import HTTPConnection
from pathlib import Path
from typing import NamedTuple, Self

import asyncpg
from cluster.local import Cluster
from cluster.servers.ports import HOST
from cluster.servers.server import Server
from cluster.servers.waypost import WaypostProcess
from cluster.topology import Size

HANG_SECONDS = 60.0
"""No request may take so long; their budgets are far below, also on a busy machine."""
TRANSFER_SECONDS = 300.0
_COUNTS = "SELECT code, clicks FROM links JOIN click_counts ON link_id = links.id"
_PIPELINE = 50

TARGET = "https://example.com/"


class Outage(Enum):
    """How a server is away."""

    KILLED = "killed"
    FROZEN = "frozen"


class Answer(NamedTuple):
    """What was answered."""

    status: int
    headers: dict[str, str]
    """By their names in lower case."""
    body: bytes


class Installation:
    """One of each process, and an edge; it remembers every redirect that was answered.

    Requests go straight to the processes, so that nothing in between mends anything.
    """

    def __init__(self, folder: Path) -> None:
        settings = {"DATABASE_TIMEOUT_SECONDS": "5"}
        self.cluster = Cluster(
            folder, size=Size(apps=1, keygens=1, ingests=1, rows=0), settings=settings
        )
        topology = self.cluster.topology
        self.app, self.ingest = topology.apps[0], topology.ingests[0]
        self.edge = WaypostProcess(
            folder / "edge", name="edge", role="edge", settings=topology.settings
        )
        backends = topology.backends
        self.postgres, self.kafka = backends.postgres, backends.kafka
        self.redis = (backends.redis, backends.redis_replica, backends.redis_keygen)
        self.answered: Counter[str] = Counter()
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        self._stack.enter_context(self.cluster)
        self._stack.enter_context(self.edge)
        return self

    def __exit__(self, *exc_info: object) -> None:
        self._stack.close()

    def ask(self, process: WaypostProcess, path: str, *, body: object = None) -> Answer:
        """Send one request, a POST if there is a *body*, and return the answer."""
        connection = HTTPConnection(HOST, process.port, timeout=HANG_SECONDS)
        try:
            method = "GET" if body is None else "POST"
            headers = {"Content-Type": "application/json"}
            connection.request(method, path, json.dumps(body), headers)
            answer = connection.getresponse()
            names = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, names, answer.read())
        finally:
            connection.close()

    def try_to_create(self) -> Answer:
        """Ask the app for a new link."""
        return self.ask(self.app, "/api/shorten", body={"url": TARGET})

    def create(self) -> str:
        """Create a link and return its code."""
        answer = self.try_to_create()
        assert answer.status == 201, answer
        code: str = json.loads(answer.body)["short_code"]
        return code

    def follow(self, process: WaypostProcess, code: str, *, times: int = 1) -> None:
        """Follow a link several times, over one connection; each answer is right."""
        ask = f"GET /{code} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
        address = (HOST, process.port)
        with (
            socket.create_connection(address, timeout=HANG_SECONDS) as connection,
            connection.makefile("rb") as stream,
        ):
            while times:
                count = min(times, _PIPELINE)
                connection.sendall(ask * count)
                for _ in range(count):
                    assert _head(stream.readline) == ("307", TARGET)
                    self.answered[code] += 1
                times -= count

    @contextmanager
    def away(self, *servers: Server, how: Outage) -> Iterator[None]:
        """Take *servers* away meanwhile."""
        for server in servers:
            server.kill() if how is Outage.KILLED else server.freeze()
        try:
            yield
        finally:
            for server in servers:
                server.thaw()
                server.launch()
            for server in servers:
                server.wait_until_ready()

    def settle(self) -> None:
        """Wait until every answered redirect is counted; none is counted twice."""
        wait_until(lambda: self.counts() >= self.answered)
        assert self.counts() == self.answered

    def counts(self) -> Counter[str]:
        """Return what is counted in the database, by code."""
        return Counter(asyncio.run(self._read_counts()))

    async def _read_counts(self) -> dict[str, int]:
        url = self.cluster.topology.settings["DATABASE_URL"]
        connection = await asyncpg.connect(url)
        try:
            rows = await connection.fetch(_COUNTS)
        finally:
            await connection.close()
        return {row["code"]: row["clicks"] for row in rows}


def metric(process: WaypostProcess, name: str) -> float:
    """Return the value of the metric *name* of *process*, 0 if it has none yet."""
    connection = HTTPConnection(HOST, process.port, timeout=HANG_SECONDS)
    try:
        connection.request("GET", "/metrics")
        page = connection.getresponse().read().decode()
    finally:
        connection.close()
    for line in page.splitlines():
        if line.startswith(f"{name} "):
            return float(line.rpartition(" ")[2])
    return 0.0


def wait_until(condition: Callable[[], bool]) -> None:
    """Wait until *condition* holds."""
    deadline = time.monotonic() + TRANSFER_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.1)


def _head(read_line: Callable[[], bytes]) -> tuple[str, str]:
    """Return status and location of an answer without a body."""
    status = read_line().decode().split(" ")[1]
    location = ""
    while line := read_line().decode().rstrip("\r\n"):
        name, _, value = line.partition(": ")
        if name.lower() == "location":
            location = value
    return status, location
