"""Visits that belong to no link, of real servers: counted, bounded, and kept."""

import json
import os
import socket
import time
from collections.abc import Iterable
from itertools import islice
from pathlib import Path
from random import Random

import pytest

from tests.e2e.process import ANSWER_SECONDS, WaypostProcess

TOKEN = "a token for the tests"
AS_ADMIN = {"Authorization": f"Bearer {TOKEN}"}
BROWSER = {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101"}
CODES = int(os.environ.get("FLOOD_CODES", "4000"))
"""How many different codes the flood has; millions take minutes."""
WAIT_SECONDS = 120.0


def listed(server: WaypostProcess, query: str = "") -> dict[str, dict[str, object]]:
    """Return what the server lists, by path."""
    rows = answered(server, f"limit=100&{query}")["data"]
    assert isinstance(rows, list)
    return {f"/{row['code'] or ''}": row for row in rows}


def answered(server: WaypostProcess, query: str = "") -> dict[str, object]:
    """Return the body of the list."""
    path = f"/api/v1/unknown-codes?{query}"
    status, _, body = server.request(path, headers=AS_ADMIN)
    assert status == 200, body
    found: dict[str, object] = json.loads(body)
    return found


def stored(server: WaypostProcess) -> float:
    """Return how many visits this process has stored since its start."""
    _, _, body = server.request("/metrics")
    lines = body.decode().splitlines()
    prefix = "waypost_orphans_stored_total{"
    return sum(float(line.split()[-1]) for line in lines if line.startswith(prefix))


def wait_until_stored(server: WaypostProcess, number: int) -> None:
    """Return once the process has stored so many visits, and not one more."""
    deadline = time.monotonic() + WAIT_SECONDS
    while stored(server) < number:
        assert time.monotonic() < deadline, (stored(server), number)
        time.sleep(0.3)
    assert stored(server) == number


def flood(server: WaypostProcess, codes: Iterable[str]) -> None:
    """Ask for *codes* over one connection, without waiting for each answer."""
    end = b"\r\nHost: x\r\nUser-Agent: python/1\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port), ANSWER_SECONDS) as client:
        remaining = iter(codes)
        while some := list(islice(remaining, 50)):
            client.sendall(
                b"".join(b"GET /%b HTTP/1.1" % c.encode() + end for c in some)
            )
            answers = b""
            while answers.count(b"HTTP/1.1 404") < len(some) or not answers.endswith(
                b"}"
            ):
                received = client.recv(65_536)
                assert received, "the server has closed the connection"
                answers += received


def resident_kilobytes(server: WaypostProcess) -> int:
    """Return the memory of the server's process."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    return int(status.split("VmRSS:")[1].split()[0])


@pytest.mark.slow
def test_mistyped_links_are_found_and_a_flood_is_bounded(tmp_path: Path) -> None:
    """What people mistyped stays visible beside thousands of guessed codes."""
    settings = {"ADMIN_TOKEN": TOKEN}
    with WaypostProcess(tmp_path / "data", settings=settings, reports=True) as server:
        server.shorten("https://example.com/", "spring26")
        for _ in range(3):
            assert server.request("/sprnig26", headers=BROWSER)[0] == 404
        server.request("/sprnig26")  # Python's own agent
        server.request("/sprnig26", method="HEAD", headers=BROWSER)
        server.request("/", headers=BROWSER)
        server.request("/a/b", headers=BROWSER)
        for path in ("/spring26", "/favicon.ico", "/robots.txt", "/docs", "/api/x"):
            server.request(path, headers=BROWSER)
        wait_until_stored(server, 6)
        rows = listed(server)
        assert rows.keys() == {"/sprnig26", "/", "/a/b"}
        assert rows["/sprnig26"]["clicks"] == {"all": 4, "people": 3, "machines": 1}
        assert rows["/sprnig26"]["nearest"] == "spring26"

        random = Random(26)
        flood(server, (f"{random.getrandbits(64):016x}" for _ in range(CODES)))
        before = resident_kilobytes(server)
        flood(server, (f"{random.getrandbits(64):016x}" for _ in range(CODES)))
        assert resident_kilobytes(server) - before < 50_000
        wait_until_stored(server, 6 + 2 * CODES)
        assert "/sprnig26" in listed(server, "q=SPRN")
        without_code = server.metric("waypost_orphans_without_code_total")
        others = answered(server)["others"] or {"all": 0, "people": 0}
        assert isinstance(others, dict)
        assert others["people"] == 0
        assert without_code <= others["all"] <= 2 * CODES
        assert (tmp_path / "data" / "waypost.db").stat().st_size < 20_000_000

        server.request("/last-one", headers=BROWSER)
        server.stop()  # the last visits are stored before it ends
        server.start()
        assert listed(server, "q=last-one&kind=unknown_code").keys() == {"/last-one"}
        assert listed(server, "q=sprnig26")["/sprnig26"]["clicks"] == {
            "all": 4,
            "people": 3,
            "machines": 1,
        }


@pytest.mark.slow
def test_processes_share_what_they_count(tmp_path: Path, postgres_url: str) -> None:
    """An edge and an app over one PostgreSQL add to the same rows."""
    settings = {"ADMIN_TOKEN": TOKEN, "DATABASE_URL": postgres_url}
    with WaypostProcess(
        tmp_path / "a", settings=settings, command=("run", "app"), reports=True
    ) as app:
        edge = WaypostProcess(
            tmp_path / "b", settings=settings, command=("run", "edge"), reports=True
        )
        edge.health_path = "/readyz"
        with edge:
            for server in (app, edge, edge):
                server.request("/poster1", headers=BROWSER)
                server.request("/", headers=BROWSER)
            wait_until_stored(app, 2)
            edge.stop()
        rows = listed(app)
        clicks = {"all": 3, "people": 3, "machines": 0}
        assert {path: row["clicks"] for path, row in rows.items()} == {
            "/poster1": clicks,
            "/": clicks,
        }
        status, _, body = app.request(
            "/api/v1/unknown-codes", method="DELETE", headers=AS_ADMIN
        )
        assert (status, json.loads(body)["clicks"]["all"]) == (200, 6)
        assert listed(app) == {}
