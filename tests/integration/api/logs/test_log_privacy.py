"""What must not be in a log is not in it, after any request."""

import json
import logging
from collections.abc import Iterator

import httpx
import pytest
import structlog

from tests.integration.api.asgi import ask, body_of
from tests.integration.api.conftest import BASE_URL, Api
from tests.integration.api.stores import StoreWithDefect
from waypost.telemetry.logging import configure_logging

SECRETS = ("visible-target", "hidden-query", "203.0.113.7", "hidden-key", "password")


@pytest.fixture
def logs() -> Iterator[None]:
    """Logging as it is configured here, instead of captured events."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    structlog.reset_defaults()
    logging.captureWarnings(capture=False)
    root.handlers, root.level = handlers, level


@pytest.mark.parametrize("as_json", [True, False])
async def test_nothing_personal_is_logged(
    logs: None, capsys: pytest.CaptureFixture[str], *, as_json: bool
) -> None:
    """Neither addresses nor targets, queries or keys, after success or failure."""
    configure_logging(level="DEBUG", as_json=as_json)
    app = Api().create()
    transport = httpx.ASGITransport(app, client=("203.0.113.7", 4711))
    headers = {"Authorization": "Bearer hidden-key", "Cookie": "a=hidden-key"}
    url = "https://example.com/visible-target?hidden-query=1"

    async with httpx.AsyncClient(
        transport=transport, base_url=BASE_URL, headers=headers
    ) as client:
        created = await client.post("/api/shorten", json={"url": url})
        await client.post("/api/shorten", json={"url": [url]})
        await client.post("/api/shorten", json={"url": f"bad:{url}"})
        await client.get(f"/api/stats/{created.json()['short_code']}?hidden-query=2")
        await client.get("/hidden-query.html?hidden-query=3")
    defect = Api(storage=StoreWithDefect()).create()
    await ask(defect, body_of(b""), method="GET", path="/health")

    output = capsys.readouterr().err
    assert output.count("http.request") == 6
    assert "http.failed" in output
    assert "RuntimeError" in output
    for secret in SECRETS:
        assert secret not in output
    if as_json:
        lines = [json.loads(line) for line in output.splitlines()]
        assert all({"timestamp", "level", "event"} <= set(line) for line in lines)
