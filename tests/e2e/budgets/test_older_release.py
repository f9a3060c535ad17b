"""A rolling upgrade: a release that does not know `max_clicks` runs beside this one."""

import json
from contextlib import ExitStack
from pathlib import Path

import pytest
from cluster.servers.redis import RedisServer

from tests.e2e.budgets.test_exact import KEY, PERSON, SETTINGS, link, make
from tests.e2e.process import WaypostProcess
from tests.releases import sources_of

pytestmark = pytest.mark.slow

LAST_RELEASE = "667bf25d8d95967a5760b8d60beeadc99b0163d6"
"""The last commit that does not know the option."""


def test_no_visitor_of_it_passes(
    tmp_path: Path, postgres_url: str, redis_server: RedisServer
) -> None:
    """To it the link is off, also once it has looked the link up and edited it."""
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
        code = make(newer, max_clicks=2)
        for _ in range(3):
            assert older.request(f"/{code}", headers=PERSON)[0] == 410
        assert newer.request(f"/{code}", headers=PERSON)[0] == 307
        status, _, body = older.request(
            f"/api/v1/links/{code}", method="PATCH", body={"title": "t"}, headers=KEY
        )
        assert (status, json.loads(body)["title"]) == (200, "t")
        found = link(newer, code)
        assert (found["state"], found["clicks_left"]) == ("active", 1)
        assert older.request(f"/{code}", headers=PERSON)[0] == 410
        assert newer.request(f"/{code}", headers=PERSON)[0] == 307
        assert newer.request(f"/{code}", headers=PERSON)[0] == 410
