"""As many people pass as `max_clicks` says, also when servers are killed meanwhile.

`BUDGET_CLICKS` sets another number of people, for a longer run.
"""

import asyncio
import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.e2e.budgets.crowd import BROWSER, Crowd
from tests.e2e.process import WaypostProcess

pytestmark = pytest.mark.slow

CLICKS = int(os.environ.get("BUDGET_CLICKS", "1000"))
CLIENTS = 64
KEY = {"Authorization": "Bearer let-me-change-links"}
SETTINGS = {"ADMIN_TOKEN": "let-me-change-links"}
PERSON = {"User-Agent": BROWSER}
MACHINE = {"User-Agent": "curl/8.5.0"}


def make(server: WaypostProcess, **fields: object) -> str:
    """Make a link that lets `CLICKS` people pass, and return its code."""
    body: dict[str, object] = {"url": "https://example.com/", "max_clicks": CLICKS}
    status, _, made = server.request(
        "/api/v1/links", body={**body, **fields}, headers=KEY
    )
    assert status == 201, made
    code: str = json.loads(made)["code"]
    return code


def link(server: WaypostProcess, code: str) -> dict[str, object]:
    """Return the link of *code*."""
    status, _, body = server.request(f"/api/v1/links/{code}", headers=KEY)
    assert status == 200, body
    found: dict[str, object] = json.loads(body)
    return found


def workers(server: WaypostProcess) -> list[int]:
    """Return the process ids of the workers that are running."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text()
    return [int(pid) for pid in children.split()]


async def crowded(crowd: Crowd, *kills: Callable[[], object]) -> None:
    """Have *crowd* follow its link, and do *kills* while it is half way through."""
    following = asyncio.create_task(crowd.follow())
    for number, kill in enumerate(kills, start=1):
        await crowd.until_passed(CLICKS * number // (len(kills) + 2))
        await asyncio.to_thread(kill)
    await following


def check(server: WaypostProcess, crowd: Crowd) -> None:
    """Check that exactly as many have passed, and that nothing passes any more."""
    print(f"{crowd.passed} redirects, {crowd.in_doubt} connections were cut")
    assert crowd.passed <= CLICKS <= crowd.passed + crowd.in_doubt
    found = link(server, crowd.code)
    assert (found["state"], found["clicks_left"]) == ("exhausted", 0)
    for method in ("GET", "HEAD"):
        for headers in (PERSON, MACHINE):
            status, _, _ = server.request(
                f"/{crowd.code}", method=method, headers=headers
            )
            assert status == 410
    counted = server.settled_clicks(crowd.code, at_least=crowd.passed)
    assert crowd.passed <= counted <= CLICKS


def test_two_of_four_workers_are_killed(tmp_path: Path, postgres_url: str) -> None:
    """The others go on; what a killed one took is given to none a second time."""
    server = WaypostProcess(
        tmp_path / "data",
        settings={**SETTINGS, "DATABASE_URL": postgres_url},
        command=("serve", "--workers", "4"),
    )
    with server:
        crowd = Crowd(server.port, make(server), CLIENTS)
        first, second, *_ = workers(server)
        asyncio.run(
            crowded(
                crowd,
                lambda: os.kill(first, signal.SIGKILL),
                lambda: os.kill(second, signal.SIGKILL),
            )
        )
        check(server, crowd)


def test_the_only_server_is_killed(tmp_path: Path) -> None:
    """On SQLite: what was taken before is still taken when it is back."""
    with WaypostProcess(tmp_path / "data", settings=SETTINGS) as server:

        def restart() -> None:
            server.kill()
            server.start()

        crowd = Crowd(server.port, make(server), CLIENTS)
        asyncio.run(crowded(crowd, restart, restart))
        check(server, crowd)


def test_machines_spend_nothing(tmp_path: Path) -> None:
    """They are redirected while people may pass; a prefetch is to ask again."""
    with WaypostProcess(tmp_path / "data", settings=SETTINGS) as server:
        code = make(server, max_clicks=1, expired_url="https://example.com/over")
        for _ in range(2):
            assert server.request(f"/{code}", headers=MACHINE)[0] == 307
            assert server.request(f"/{code}", method="HEAD", headers=PERSON)[0] == 307
            prefetch = {**PERSON, "Sec-Purpose": "prefetch;prerender"}
            status, _, body = server.request(f"/{code}", headers=prefetch)
            assert (status, json.loads(body)["code"]) == (503, "prefetch-refused")
            assert server.request(f"/{code}+", headers=PERSON)[0] == 200
        assert link(server, code)["clicks_left"] == 1
        assert server.request(f"/{code}", headers=PERSON)[0] == 307
        for path in (f"/{code}", f"/{code}+"):
            status, headers, _ = server.request(path, headers=PERSON)
            assert (status, headers["location"]) == (302, "https://example.com/over")
        server.request(
            f"/api/v1/links/{code}",
            method="PATCH",
            body={"max_clicks": 2},
            headers=KEY,
        )
        assert link(server, code)["state"] == "active"
        assert server.request(f"/{code}", headers=PERSON)[0] == 307
        assert server.request(f"/{code}", headers=PERSON)[0] == 302
