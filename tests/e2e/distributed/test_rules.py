"""Two servers with one database and Redis send a visitor of a link the same way."""

import json
from contextlib import ExitStack
from pathlib import Path

import pytest
from cluster.servers.redis import RedisServer

from tests.e2e.process import WaypostProcess

pytestmark = pytest.mark.slow

TOKEN = "let-me-change-links"
TARGET = "https://example.com/"
VARIANTS = [
    {"name": name, "url": f"https://example.com/{name}", "weight": 30} for name in "bc"
]
RULES = [
    {"when": {"query": {"stop": True}}, "url": None},
    {"when": {"country": ["CH"]}, "url": "https://example.com/ch"},
    {"when": {"ip": ["203.0.113.0/25"]}, "url": "https://example.com/ip"},
]


def test_two_servers(
    tmp_path: Path, postgres_url: str, redis_server: RedisServer
) -> None:
    """Looked up in the database, found in Redis, and cached; and after an edit."""
    settings = {
        "DATABASE_URL": postgres_url,
        "REDIS_URL": redis_server.url,
        "ADMIN_TOKEN": TOKEN,
        "TRUSTED_PROXIES": "127.0.0.1",
        "COUNTRY_HEADER": "X-Country",
    }
    with ExitStack() as stack:
        servers = [
            stack.enter_context(
                WaypostProcess(
                    tmp_path / name, settings=settings, command=("run", "app")
                )
            )
            for name in ("first", "second")
        ]
        made = servers[0].request(
            "/api/v1/links",
            body={"url": TARGET, "code": "ruled", "rules": RULES, "variants": VARIANTS},
            headers={"Authorization": f"Bearer {TOKEN}"},
        )
        assert made[0] == 201, made

        def visited(query: str = "", **headers: str) -> str | int:
            """Return what both servers answer, twice."""
            answers = set()
            for server in servers * 2:
                status, found, _ = server.request(f"/ruled{query}", headers=headers)
                answers.add(found["location"] if status == 307 else status)
            (answer,) = answers
            return answer

        assert visited("?stop") == 403
        assert visited(**{"X-Country": "ch"}) == "https://example.com/ch"
        near = {"X-Forwarded-For": "203.0.113.7"}
        assert visited(**near) == "https://example.com/ip"
        far = [{"X-Forwarded-For": f"203.0.113.{n}"} for n in range(128, 160)]
        others = {visited(**one) for one in far}
        assert others == {TARGET, *(one["url"] for one in VARIANTS)}

        status, _, body = servers[1].request(
            "/api/v1/links/ruled",
            method="PATCH",
            body={"rules": [], "variants": []},
            headers={"Authorization": f"Bearer {TOKEN}"},
        )
        assert (status, json.loads(body)["rules"]) == (200, [])
        location = servers[1].request("/ruled?stop", headers=near)[1]["location"]
        assert location == TARGET
