"""Limits of requests over several servers, with a real Redis between them."""

import json
import time
from pathlib import Path

from cluster.servers.redis import RedisServer

from tests.e2e.process import WaypostProcess

TOKEN = "the admin token of this test"
AS_ADMIN = {"Authorization": f"Bearer {TOKEN}"}
QUOTA = 10


def test_two_servers_share_a_limit(
    tmp_path: Path, migrated_postgres_url: str, redis_server: RedisServer
) -> None:
    """A key gets its quota of both together; while Redis hangs, it gets it of each."""
    settings = {
        "DATABASE_URL": migrated_postgres_url,
        "REDIS_URL": redis_server.url,
        "ADMIN_TOKEN": TOKEN,
        "KEY_RATE_LIMIT": f"{QUOTA}/day",
    }
    with (
        WaypostProcess(tmp_path / "one", settings=settings) as one,
        WaypostProcess(tmp_path / "two", settings=settings) as two,
    ):
        first, second = make_key(one), make_key(one)
        statuses = [ask(server, first) for server in (one, two) * QUOTA]
        unshared = sum(counted_alone(server, asked=QUOTA) for server in (one, two))
        # One that was counted alone, because the machine was slow, is one too many.
        assert QUOTA <= statuses.count(200) <= QUOTA + unshared
        assert statuses.count(200) + statuses.count(429) == len(statuses)
        status, headers, body = one.request("/api/v1/me", headers={"X-API-Key": first})
        assert status == 429
        assert headers["ratelimit-policy"] == f'"key";q={QUOTA};w=86400'
        assert json.loads(body)["violated-policies"] == ["key"]

        redis_server.freeze()
        try:
            for server in (one, two):
                statuses = [ask(server, second) for _ in range(QUOTA + 2)]
                assert statuses == [200] * QUOTA + [429] * 2
                asked = QUOTA + len(statuses)
                assert counted_alone(server, asked=asked) >= len(statuses)
                # A visitor and a new link are not concerned.
                code = server.shorten("https://example.com/")
                assert server.request(f"/{code}")[0] == 307
        finally:
            redis_server.thaw()


def make_key(server: WaypostProcess) -> str:
    """Return the text of a new key."""
    body: dict[str, object] = {"name": "shop", "scopes": ["links:read"]}
    status, _, made = server.request("/api/v1/keys", body=body, headers=AS_ADMIN)
    assert status == 201, made
    text: str = json.loads(made)["key"]
    return text


def ask(server: WaypostProcess, key: str) -> int:
    """Return the status of one request with *key*."""
    return server.request("/api/v1/me", headers={"X-API-Key": key})[0]


def counted_alone(server: WaypostProcess, *, asked: int) -> float:
    """Return how many decisions a server made without Redis, of *asked* requests.

    The page of metrics may be a second old.
    """
    deadline = time.monotonic() + 60
    while True:
        _, _, body = server.request("/metrics")
        page = body.decode()
        if total(page, "waypost_api_requests_total", 'route="/api/v1/me"') >= asked:
            return total(page, "waypost_rate_limits_unshared_total")
        assert time.monotonic() < deadline
        time.sleep(0.1)


def total(page: str, name: str, label: str = "") -> float:
    """Return the sum of the samples of a metric whose line has *label*."""
    lines = [line for line in page.splitlines() if line.startswith(name)]
    return sum(float(line.split()[-1]) for line in lines if label in line)
