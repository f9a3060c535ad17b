"""Links with any options, visited in any way, answer as a plain model does.

`OPTION_EXAMPLES` sets another number of links, for a longer run.
"""

import http.client
import json
import os
import re
import time
from base64 import b64encode
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Final
from urllib.parse import urlencode

import pytest
from cluster.servers.redis import RedisServer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.e2e.options.model import (
    OVER,
    RULE,
    SECRET,
    TARGET,
    VARIANT,
    Expected,
    Link,
    Visit,
    visited,
)
from tests.e2e.process import WaypostProcess

pytestmark = pytest.mark.slow

EXAMPLES: Final = int(os.environ.get("OPTION_EXAMPLES", "12"))
KEY: Final = {"Authorization": "Bearer let-me-change-links"}
SETTINGS: Final = {
    "ADMIN_TOKEN": "let-me-change-links",
    "PASSWORD_RATE_LIMIT": "off",
    "REPORTS": "false",
}
BROWSER: Final = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
)
CONFIRM: Final = re.compile(r'name="confirm" value="([^"]+)"')

moments = st.sampled_from([None, None, None, True, False])
rarely = st.sampled_from([False, False, False, False, True])
links = st.builds(
    Link,
    begins=moments,
    ended=moments,
    disabled=rarely,
    max_clicks=st.sampled_from([None, None, 1, 2]),
    has_expired_url=st.booleans(),
    redirect_status=st.sampled_from([301, 302, 307, 308]),
    forward_query=st.booleans(),
    forward_path=st.booleans(),
    has_utm=st.booleans(),
    rule=st.sampled_from([None, "query", "language"]),
    refuses=st.booleans(),
    has_variant=rarely,
    has_password=st.booleans(),
    preview=st.sampled_from(["off", "on_request", "always"]),
    crawlable=st.booleans(),
    quarantine=st.sampled_from(
        [None, None, None, None, "warn", "warn", "block", "legal"]
    ),
    is_deleted=rarely,
    taken=st.just(0),
    clicks=st.just(0),
).filter(lambda link: not (link.begins is False and link.ended))
forms = st.sampled_from(
    [{"password": SECRET}, {"password": "guess"}, {"password": ""}, {"other": "x"}, {}]
)
visits = st.builds(
    Visit,
    method=st.sampled_from(["GET", "GET", "GET", "HEAD", "POST", "POST"]),
    below=st.sampled_from(["", "", "", "", "more/x", "..", "+"]),
    query=st.sampled_from(["", "go", "a=1", "x=2", "x=2&a=1"]),
    basic=st.sampled_from(["", "", SECRET, "guess"]),
    fields=forms,
    is_program=st.booleans(),
    is_prefetch=rarely,
    wants_page=st.booleans(),
    speaks_german=st.booleans(),
    is_confirmed=st.just(value=False),
)


class Servers:
    """Where links are made, and where they are visited."""

    def __init__(self, control: WaypostProcess, edge: WaypostProcess) -> None:
        self.control = control
        self.edge = edge
        self.made: dict[str, Link] = {}

    def make(self, link: Link) -> str:
        """Make *link*, and return its code."""
        made = self._ask("/api/v1/links", "POST", body_of(link))
        path = f"/api/v1/links/{made['code']}"
        if link.quarantine:
            mode = "warn" if link.quarantine == "warn" else "block"
            reason = "legal" if link.quarantine == "legal" else "spam"
            body: dict[str, object] = {"mode": mode, "reason": reason}
            self._ask(f"{path}/quarantine", "PUT", body)
        if link.is_deleted:
            self._ask(path, "DELETE", None)
        code = str(made["code"])
        self.made[code] = link
        return code

    def clicks(self, code: str) -> object:
        """Return how many clicks of a link are counted."""
        clicks = self._ask(f"/api/v1/links/{code}", "GET", None)["clicks"]
        assert isinstance(clicks, dict)
        return clicks["all"]

    def _ask(
        self, path: str, method: str, body: dict[str, object] | None
    ) -> dict[str, object]:
        status, _, answer = self.control.request(
            path, method=method, body=body, headers=KEY
        )
        assert status in {200, 201}, answer
        found: dict[str, object] = json.loads(answer)
        return found


def body_of(link: Link) -> dict[str, object]:
    """Return the body that makes *link*."""
    when: dict[str, object] = {"query": {"go": True}}
    if link.rule == "language":
        when = {"language": ["de"]}
    rule = {"when": when, "url": None if link.refuses else RULE}
    past, future = (
        {True: "2026-01-01T00:00:00Z", False: "+20d"},
        {
            True: "2026-01-02T00:00:00Z",
            False: "+30d",
        },
    )
    return {
        "url": TARGET,
        "valid_since": None if link.begins is None else past[link.begins],
        "valid_until": None if link.ended is None else future[link.ended],
        "disabled": link.disabled,
        "max_clicks": link.max_clicks,
        "expired_url": OVER if link.has_expired_url else None,
        "redirect_status": link.redirect_status,
        "forward_query": link.forward_query,
        "forward_path": link.forward_path,
        "utm": {"source": "s & t"} if link.has_utm else None,
        "rules": [rule] if link.rule else [],
        "variants": [{"name": "b", "url": VARIANT, "weight": 100}]
        if link.has_variant
        else [],
        "password": SECRET if link.has_password else None,
        "preview": link.preview,
        "crawlable": link.crawlable,
    }


def answer_to(edge: WaypostProcess, code: str, visit: Visit) -> tuple[Expected, str]:
    """Return what *edge* answers, and the confirmation in it."""
    headers = {
        "Accept": "text/html" if visit.wants_page else "*/*",
        "User-Agent": "curl/8.5.0" if visit.is_program else BROWSER,
        "Accept-Language": "de" if visit.speaks_german else "en",
    }
    if visit.is_prefetch:
        headers["Sec-Purpose"] = "prefetch"
    if visit.basic:
        credentials = b64encode(f":{visit.basic}".encode()).decode()
        headers["Authorization"] = f"Basic {credentials}"
    body = None
    if visit.method == "POST":
        body = urlencode(visit.fields)
        headers["Content-Type"] = "application/x-www-form-urlencoded"
    below = visit.below if visit.below in {"", "+"} else f"/{visit.below}"
    query = f"?{visit.query}" if visit.query else ""
    connection = http.client.HTTPConnection("127.0.0.1", edge.port, timeout=60)
    try:
        connection.request(visit.method, f"/{code}{below}{query}", body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
    finally:
        connection.close()
    get = answer.headers.get
    seen = Expected(
        answer.status, get("Location"), get("Cache-Control", ""), get("Content-Type")
    )
    found = CONFIRM.search(text)
    return seen, found[1] if found else ""


@pytest.fixture
def embedded(tmp_path: Path) -> Iterator[Servers]:
    """One process for everything."""
    with WaypostProcess(tmp_path / "one", settings=SETTINGS) as server:
        yield Servers(server, server)


@pytest.fixture
def distributed(
    tmp_path: Path, migrated_postgres_url: str, redis_server: RedisServer
) -> Iterator[Servers]:
    """An edge of its own, over PostgreSQL and Redis."""
    shared = {
        **SETTINGS,
        "DATABASE_URL": migrated_postgres_url,
        "REDIS_URL": redis_server.url,
    }
    app, edge = (
        WaypostProcess(tmp_path / name, settings=shared, command=("run", name))
        for name in ("app", "edge")
    )
    edge.health_path = "/readyz"
    with ExitStack() as stack:
        stack.enter_context(app)
        stack.enter_context(edge)
        yield Servers(app, edge)


@pytest.mark.parametrize("kind", ["embedded", "distributed"])
def test_combinations(kind: str, request: pytest.FixtureRequest) -> None:
    """Status, location, caching, kind of body and clicks are those of the model."""
    servers: Servers = request.getfixturevalue(kind)

    @settings(
        deadline=None,
        max_examples=EXAMPLES,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(link=links, several=st.lists(visits, min_size=3, max_size=8))
    def compare(link: Link, several: Sequence[Visit]) -> None:
        link = replace(link)
        code = servers.make(link)
        for visit in several:
            seen, confirm = answer_to(servers.edge, code, visit)
            assert seen == visited(link, visit), (link, visit)
            if confirm:
                going = replace(
                    visit, method="POST", fields={"confirm": confirm}, is_confirmed=True
                )
                seen, _ = answer_to(servers.edge, code, going)
                assert seen == visited(link, going), (link, going)

    compare()
    for code, link in servers.made.items():
        deadline = time.monotonic() + 60
        while (counted := servers.clicks(code)) != link.clicks:
            assert time.monotonic() < deadline, (code, link, counted)
            time.sleep(0.1)
