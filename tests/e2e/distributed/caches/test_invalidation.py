"""Two servers, one edit: visitors are sent to the old target only briefly."""

import json
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from cluster.servers.redis import RedisServer

from tests.e2e.process import WaypostProcess

pytestmark = pytest.mark.slow

TOKEN = "let-me-change-links"
TRANSFER_SECONDS = 120.0
NEAR_SECONDS = 3 * TRANSFER_SECONDS
"""A test that waits for the near entry's end fails."""
SHORT_NEAR_SECONDS = 2.0
EDITS = 20


@pytest.fixture
def near_seconds() -> float:
    """How long a near entry lasts."""
    return NEAR_SECONDS


@pytest.fixture
def servers(
    tmp_path: Path, postgres_url: str, redis_server: RedisServer, near_seconds: float
) -> Iterator[tuple[WaypostProcess, WaypostProcess]]:
    """Two apps over one database and one Redis."""
    settings = {
        "DATABASE_URL": postgres_url,
        "REDIS_URL": redis_server.url,
        "ADMIN_TOKEN": TOKEN,
        "NEAR_CACHE_SECONDS": str(near_seconds),
    }
    with ExitStack() as stack:
        first, second = (
            stack.enter_context(
                WaypostProcess(
                    tmp_path / name, settings=settings, command=("run", "app")
                )
            )
            for name in ("first", "second")
        )
        yield first, second


def target(version: int) -> str:
    """Return where the link leads in a version."""
    return f"https://example.com/{version}"


def location(server: WaypostProcess, code: str) -> str:
    """Return where *server* sends a visitor."""
    status, headers, body = server.request(f"/{code}")
    assert status == 307, body
    return headers["location"]


def edit(server: WaypostProcess, code: str, version: int) -> None:
    """Let the link lead elsewhere; returns once that is acknowledged."""
    status, _, body = server.request(
        f"/api/v1/links/{code}",
        method="PATCH",
        body={"url": target(version), "version": version - 1},
        headers={"Authorization": f"Bearer {TOKEN}"},
    )
    assert status == 200, body
    assert json.loads(body)["version"] == version


def seconds_until(server: WaypostProcess, code: str, expected: str) -> float:
    """Return how long *server* goes on with another target than *expected*."""
    began = asked = time.monotonic()
    while location(server, code) != expected:
        asked = time.monotonic()
        assert asked - began < TRANSFER_SECONDS, "the old target is still served"
    return asked - began


def test_edit_is_seen_everywhere_at_once(
    servers: tuple[WaypostProcess, WaypostProcess],
) -> None:
    """The new target without waiting for the near entry's end, and permanently."""
    code = servers[0].shorten(target(1))
    for server in servers:
        assert location(server, code) == target(1)
    late = []
    for version in range(2, EDITS + 2):
        editor, other = servers[:: 1 if version % 2 else -1]
        edit(editor, code, version)
        assert location(editor, code) == target(version)
        late.append(seconds_until(other, code, target(version)))
        for _ in range(5):
            assert location(other, code) == target(version)
    print(f"old target served for {max(late) * 1000:.1f} ms at most")


def test_link_is_known_everywhere_at_once(
    servers: tuple[WaypostProcess, WaypostProcess],
) -> None:
    """A code that was unknown a moment ago works on every server once it is created."""
    creator, other = servers
    for number in range(5):
        code = f"fresh{number}"
        assert creator.request(f"/{code}")[0] == other.request(f"/{code}")[0] == 404
        creator.shorten(target(1), custom_code=code)
        assert location(creator, code) == target(1)
        began = time.monotonic()
        while other.request(f"/{code}")[0] != 307:
            assert time.monotonic() - began < TRANSFER_SECONDS


@pytest.mark.parametrize("near_seconds", [SHORT_NEAR_SECONDS])
def test_without_redis_the_lifetime_bounds_it(
    servers: tuple[WaypostProcess, WaypostProcess], redis_server: RedisServer
) -> None:
    """With Redis gone, edits go on and are seen once the near entry's time is over."""
    editor, other = servers
    code = editor.shorten(target(1))
    for server in servers:
        assert location(server, code) == target(1)
    redis_server.kill()
    edit(editor, code, 2)
    assert location(editor, code) == target(2)
    seconds_until(other, code, target(2))
    redis_server.start()
    edit(other, code, 3)
    for server in servers:
        seconds_until(server, code, target(3))


def test_frozen_redis_delays_no_visitor(
    servers: tuple[WaypostProcess, WaypostProcess], redis_server: RedisServer
) -> None:
    """While Redis hangs, links are followed, created and edited all the same."""
    editor, other = servers
    code = editor.shorten(target(1))
    redis_server.freeze()
    try:
        began = time.monotonic()
        assert location(other, code) == target(1)
        edit(editor, code, 2)
        assert location(editor, code) == target(2)
        assert location(other, editor.shorten(target(5))) == target(5)
        assert other.request("/unknown1")[0] == 404
        assert time.monotonic() - began < TRANSFER_SECONDS / 2
    finally:
        redis_server.thaw()
    seconds_until(other, code, target(2))
