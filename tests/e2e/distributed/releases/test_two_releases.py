"""A rolling upgrade: the release before options runs beside this one, under load.

The older release does not know options: it follows a link that is off. But
it removes no option, and no visitor is sent where a link led before
an edit that was acknowledged.
"""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Event

import pytest
from cluster.servers.redis import RedisServer

from tests.e2e.process import WaypostProcess
from tests.releases import sources_of

pytestmark = pytest.mark.slow

LAST_RELEASE = "507bea2d80487bdf11ec63c6600cb9530d4f9095"
"""The last commit that knows no options."""
TOKEN = "let-me-change-links"
LINKS = 6
EDITS = 12
LATE_SECONDS = 60.0
"""How long a machine that is busy may take to spread an edit; usually it is 0.1 s, and
near entries last ten times as long as this."""


@pytest.fixture(scope="module")
def last_release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sources of the last release."""
    return sources_of(LAST_RELEASE, tmp_path_factory.mktemp("last-release"))


@pytest.fixture
def servers(
    tmp_path: Path, postgres_url: str, redis_server: RedisServer, last_release: Path
) -> Iterator[tuple[WaypostProcess, WaypostProcess]]:
    """An app of the last release, and then one of this release, which upgrades."""
    settings = {
        "DATABASE_URL": postgres_url,
        "REDIS_URL": redis_server.url,
        "ADMIN_TOKEN": TOKEN,
        "NEAR_CACHE_SECONDS": str(10 * LATE_SECONDS),
    }
    older = WaypostProcess(
        tmp_path / "older",
        # Its lines are not ours to cover.
        settings={**settings, "PYTHONPATH": str(last_release)},
        command=("run", "app"),
    )
    newer = WaypostProcess(
        tmp_path / "newer", settings=settings, command=("run", "app")
    )
    with ExitStack() as stack:
        stack.enter_context(older)
        stack.enter_context(newer)
        yield older, newer


def edit(server: WaypostProcess, code: str, **changes: object) -> dict[str, object]:
    """Change a link; return it as *server* answers it once that is acknowledged."""
    status, _, body = server.request(
        f"/api/v1/links/{code}",
        method="PATCH",
        body=changes,
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    assert status == 200, body
    link: dict[str, object] = json.loads(body)
    return link


def read(server: WaypostProcess, code: str) -> dict[str, object]:
    """Return a link with all that is set on it."""
    status, _, body = server.request(
        f"/api/v1/links/{code}", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    assert status == 200, body
    link: dict[str, object] = json.loads(body)
    return link


def visit(server: WaypostProcess, code: str) -> tuple[int, str]:
    """Return the status and the location that a visitor with a query gets."""
    status, headers, _ = server.request(f"/{code}?from=poster")
    return status, headers.get("location", "")


def until_sent_to(server: WaypostProcess, code: str, expected: tuple[int, str]) -> None:
    """Return once visitors get what is *expected*, and then always do."""
    until = time.monotonic() + LATE_SECONDS
    while visit(server, code) != expected:
        assert time.monotonic() < until, (visit(server, code), expected)
    assert [visit(server, code) for _ in range(3)] == [expected] * 3


def edit_in_turns(older: WaypostProcess, newer: WaypostProcess, code: str) -> None:
    """Let both releases edit the link *code*, and look after each edit."""
    for number in range(EDITS):
        options = {"title": f"Edit {number}", "forward_query": True}
        edit(newer, code, **options, valid_until="+1w")
        target = f"https://example.com/{code}/{number}"
        edit(older, code, url=target)
        link = read(newer, code)
        assert link["url"] == target
        assert options.items() <= link.items()
        assert link["valid_until"] is not None
        until_sent_to(older, code, (307, target))
        until_sent_to(newer, code, (307, f"{target}?from=poster"))
        edit(newer, code, disabled=True)
        until_sent_to(newer, code, (410, ""))
        edit(older, code, url=f"{target}/again")
        assert read(newer, code)["disabled"] is True
        until_sent_to(newer, code, (410, ""))
        edit(newer, code, disabled=False)
        until_sent_to(newer, code, (307, f"{target}/again?from=poster"))


def follow_until(done: Event, servers: tuple[WaypostProcess, ...], code: str) -> int:
    """Follow a link on both servers until *done*; return how often."""
    visits = 0
    while not done.is_set():
        for server in servers:
            status, _ = visit(server, code)
            assert status in {307, 410}
            visits += 1
    return visits


def test_no_option_is_lost(servers: tuple[WaypostProcess, WaypostProcess]) -> None:
    """After an edit by either release, all options stay, and every edit is seen."""
    older, newer = servers
    codes = [older.shorten(f"https://example.com/{at}") for at in range(LINKS)]
    done = Event()
    with ThreadPoolExecutor(2 * LINKS) as pool:
        visitors = [
            pool.submit(follow_until, done, servers, code) for code in codes[:2]
        ]
        editors = [pool.submit(edit_in_turns, older, newer, code) for code in codes]
        try:
            for editor in editors:
                editor.result()
        finally:
            done.set()
        assert all(visitor.result() > 0 for visitor in visitors)


def test_links_of_both_are_known_to_both(
    servers: tuple[WaypostProcess, WaypostProcess],
) -> None:
    """A link is followed wherever it was made; a deleted code is not given again."""
    older, newer = servers
    made = [older.shorten("https://example.com/older", "older")]
    made.append(newer.shorten("https://example.com/newer", "newer"))
    for code in made:
        for server in servers:
            until_sent_to(server, code, (307, f"https://example.com/{code}"))
    status, _, body = newer.request(
        "/api/v1/links/older",
        method="DELETE",
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    assert status == 200, body
    until_sent_to(newer, "older", (410, ""))
    again: dict[str, object] = {"url": "https://example.com/", "custom_code": "older"}
    for server in servers:
        status, _, body = server.request("/api/shorten", method="POST", body=again)
        assert status == 409, body
