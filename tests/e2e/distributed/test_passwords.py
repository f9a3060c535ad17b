"""Links with a password over several servers, and beside the last release."""

import json
from base64 import b64encode
from contextlib import ExitStack
from pathlib import Path

import pytest
from cluster.servers.redis import RedisServer

from tests.e2e.process import WaypostProcess
from tests.releases import sources_of

pytestmark = pytest.mark.slow

LAST_RELEASE = "d6669f428dcfe02acf8c6b709c699457dd76785f"
"""The last commit that knows neither `password` nor `preview: always`."""
KEY = {"Authorization": "Bearer let-me-change-links"}
QUOTA = 4
SETTINGS = {
    "ADMIN_TOKEN": "let-me-change-links",
    "PASSWORD_RATE_LIMIT": f"{QUOTA}/day",
    "REPORTS": "false",
}
SECRET = "swordfish"


def basic(password: str) -> dict[str, str]:
    """Return the header by which a program presents a password."""
    return {"Authorization": f"Basic {b64encode(f':{password}'.encode()).decode()}"}


def make(server: WaypostProcess, **fields: object) -> str:
    """Make a link, and return its code."""
    body = {"url": "https://example.com/", **fields}
    status, _, made = server.request("/api/v1/links", body=body, headers=KEY)
    assert status == 201, made
    code: str = json.loads(made)["code"]
    return code


def visit(server: WaypostProcess, code: str, password: str = "") -> int:
    """Return the status that a program gets."""
    return server.request(f"/{code}", headers=basic(password) if password else {})[0]


def test_an_app_and_an_edge_share_attempts(
    tmp_path: Path, migrated_postgres_url: str, redis_server: RedisServer
) -> None:
    """A client may try so often at both together; while Redis hangs, at each."""
    settings = {
        **SETTINGS,
        "DATABASE_URL": migrated_postgres_url,
        "REDIS_URL": redis_server.url,
    }
    app = WaypostProcess(tmp_path / "app", settings=settings, command=("run", "app"))
    edge = WaypostProcess(
        tmp_path / "edge",
        settings=settings,
        command=("run", "edge"),
    )
    edge.health_path = "/readyz"
    with app, edge:
        first, second = make(app, password=SECRET), make(app, password=SECRET)
        for server in (app, edge):
            assert visit(server, first) == 401
            assert visit(server, first, SECRET) == 307
        tried = [visit(server, first, "guess") for server in (app, edge) * QUOTA]
        # Each of them has compared the right one first, which was an attempt.
        assert tried.count(429) >= len(tried) - QUOTA
        assert visit(app, first, SECRET) == visit(edge, first, SECRET) == 429
        status, headers, _ = edge.request(f"/{first}", headers=basic("guess"))
        assert (status, int(headers["retry-after"]) > 0) == (429, True)
        assert visit(edge, second) == 401
        redis_server.freeze()
        try:
            for server in (app, edge):
                tried = [visit(server, second, "guess") for _ in range(QUOTA + 2)]
                assert tried == [401] * QUOTA + [429] * 2
        finally:
            redis_server.thaw()


def test_no_visitor_of_the_last_release_passes(
    tmp_path: Path, postgres_url: str, redis_server: RedisServer
) -> None:
    """To it the link is off, also with max_clicks, and once it has edited the link."""
    sources = sources_of(LAST_RELEASE, tmp_path / "sources")
    shared = {**SETTINGS, "DATABASE_URL": postgres_url, "REDIS_URL": redis_server.url}
    older, newer = (
        WaypostProcess(tmp_path / name, settings=settings, command=("run", "app"))
        for name, settings in (
            ("older", {**shared, "PYTHONPATH": str(sources)}),
            ("newer", shared),
        )
    )
    with ExitStack() as stack:
        stack.enter_context(older)
        stack.enter_context(newer)
        codes = [
            make(newer, password=SECRET),
            make(newer, password=SECRET, max_clicks=5),
        ]
        for code in codes:
            assert (visit(older, code), visit(older, code, SECRET)) == (410, 410)
            assert (visit(newer, code), visit(newer, code, SECRET)) == (401, 307)
            assert edited(older, code)["title"] == "t"
            assert (visit(older, code), visit(newer, code)) == (410, 401)
            found = read(newer, code)
            assert (found["state"], found["has_password"]) == ("active", True)
            assert visit(newer, code, SECRET) == 307
        shown = make(newer, preview="always")
        assert (visit(older, shown), visit(newer, shown)) == (307, 200)
        assert edited(older, shown)["preview"] == "on_request"
        assert read(newer, shown)["preview"] == "always"
        assert visit(newer, shown) == 200


def edited(server: WaypostProcess, code: str) -> dict[str, object]:
    """Give a link a title, and return it as *server* sees it."""
    status, _, body = server.request(
        f"/api/v1/links/{code}", method="PATCH", body={"title": "t"}, headers=KEY
    )
    assert status == 200, body
    found: dict[str, object] = json.loads(body)
    return found


def read(server: WaypostProcess, code: str) -> dict[str, object]:
    """Return a link as *server* sees it."""
    _, _, body = server.request(f"/api/v1/links/{code}", headers=KEY)
    found: dict[str, object] = json.loads(body)
    return found
