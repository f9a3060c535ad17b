"""Two servers know the domains of each other, and of one after a restart."""

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from time import monotonic, sleep

import pytest
from cluster.servers.redis import RedisServer

from tests.e2e.process import ANSWER_SECONDS, WaypostProcess

pytestmark = pytest.mark.slow

TOKEN = "let-me-change-domains"
ACME = "go.acme.com"
OURS, THEIRS = "https://ours.example/", "https://theirs.example/"
SETTINGS = {"ADMIN_TOKEN": TOKEN, "REPORTS": "false"}


def call(
    server: WaypostProcess, method: str, path: str, body: Mapping[str, object]
) -> dict[str, object]:
    """Send a change to the API, and return the answer."""
    status, _, answer = server.request(
        f"/api/v1{path}",
        method=method,
        body=dict(body),
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    assert status in {200, 201}, answer
    found: dict[str, object] = json.loads(answer)
    return found


def visit(server: WaypostProcess, path: str, host: str) -> str | int:
    """Return where a visitor of *host* is sent, or the status of a refusal."""
    status, headers, _ = server.request(path, headers={"Host": host})
    return headers["location"] if status in {302, 307} else status


def eventually(found: Callable[[], object], wanted: object) -> None:
    """Wait until *found* returns what is *wanted*."""
    end = monotonic() + ANSWER_SECONDS
    while (last := found()) != wanted:
        assert monotonic() < end, last
        sleep(0.05)


def life_of_a_domain(servers: Sequence[WaypostProcess]) -> None:
    """Add a domain at the first server, and visit it at each."""
    first, last = servers[0], servers[-1]
    call(first, "POST", "/links", {"url": OURS, "code": "spring"})
    call(first, "POST", "/domains", {"host": ACME})
    call(first, "POST", "/links", {"url": THEIRS, "code": "spring", "domain": ACME})
    for server in servers:
        eventually(partial(visit, server, "/spring", ACME), THEIRS)
        assert visit(server, "/spring", ACME) == THEIRS  # cached
        assert visit(server, "/spring", "any.example") == OURS
        assert visit(server, "/Spring", ACME) == 404

    call(last, "PATCH", f"/links/{ACME}:spring", {"url": f"{THEIRS}new"})
    for server in servers:
        eventually(partial(visit, server, "/spring", ACME), f"{THEIRS}new")
        assert visit(server, "/spring", "any.example") == OURS

    urls = {"root_url": "https://acme.com/", "not_found_url": "https://acme.com/404"}
    call(last, "PATCH", f"/domains/{ACME}", {**urls, "case_sensitive": False})
    for server in servers:
        eventually(partial(visit, server, "/", ACME), "https://acme.com/")
        assert visit(server, "/unused", ACME) == "https://acme.com/404"
        eventually(partial(visit, server, "/SPRING", ACME), f"{THEIRS}new")
        assert visit(server, "/SPRING", "any.example") == 404

    call(first, "PATCH", f"/domains/{ACME}", {"state": "disabled"})
    for server in servers:
        eventually(partial(visit, server, "/spring", ACME), 410)


def test_one_server_with_its_own_database(tmp_path: Path) -> None:
    """What was added is there after a restart, and clicks of each link are its own."""
    with WaypostProcess(tmp_path / "data", settings=SETTINGS) as server:
        life_of_a_domain([server])
        call(server, "PATCH", f"/domains/{ACME}", {"state": "active"})
    with WaypostProcess(tmp_path / "data", settings=SETTINGS) as server:
        assert visit(server, "/sPring", ACME) == f"{THEIRS}new"
        assert visit(server, "/spring", "any.example") == OURS
        assert server.settled_clicks("spring", at_least=3) == 3


def test_two_servers_with_one_database(
    tmp_path: Path, postgres_url: str, redis_server: RedisServer
) -> None:
    """Both know a change of a domain within seconds, with links cached in Redis."""
    shared = {"DATABASE_URL": postgres_url, "REDIS_URL": redis_server.url}
    with ExitStack() as stack:
        servers = [
            stack.enter_context(
                WaypostProcess(
                    tmp_path / name,
                    settings=SETTINGS | shared,
                    command=("run", "app"),
                )
            )
            for name in ("first", "second")
        ]
        life_of_a_domain(servers)
