"""One line per request, with the ids of the caller, and nothing personal in it."""

import re

import httpx
import pytest
from structlog.typing import EventDict

from tests.integration.api.conftest import BASE_URL, Api
from tests.integration.api.stores import StoreThatIsAway, StoreWithDefect
from waypost.ports.storage import Storage

TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
TRACEPARENT = f"00-{TRACE_ID}-00f067aa0ba902b7-01"


async def test_a_request_is_one_line(
    client: httpx.AsyncClient, logs: list[EventDict]
) -> None:
    """The line has the route's template, and says how the request ended."""
    answer = await client.get("/api/stats/secret-path")

    (line,) = logs
    assert line.pop("duration_ms") >= 0
    assert line == {
        "event": "http.request",
        "log_level": "info",
        "method": "GET",
        "route": "/api/stats/{code}",
        "status": 404,
        "refusal": "link-not-found",
        "bytes": len(answer.content),
        "request_id": answer.headers["X-Request-ID"],
    }


@pytest.mark.parametrize(
    ("storage", "path", "level"),
    [
        (None, "/", "info"),
        (None, "/health", "debug"),
        (None, "/metrics", "debug"),
        (StoreThatIsAway(), "/health", "warning"),
    ],
)
async def test_lines_weigh_what_they_are_worth(
    logs: list[EventDict], storage: Storage | None, path: str, level: str
) -> None:
    """Probes are quiet while all is well, and trouble is never."""
    api = Api(storage=storage) if storage else Api()
    transport = httpx.ASGITransport(api.create())
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        await client.get(path)

    assert level == logs[-1]["log_level"]


async def test_a_defect_is_logged_with_its_traceback(logs: list[EventDict]) -> None:
    """The traceback and the request's line share the id that the client got."""
    transport = httpx.ASGITransport(Api(storage=StoreWithDefect()).create())
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        answer = await client.get("/health")

    request_id = answer.headers["X-Request-ID"]
    assert [line["event"] for line in logs] == ["http.failed", "http.request"]
    assert logs[0]["exc_info"]
    assert {request_id} == {line["request_id"] for line in logs}


@pytest.mark.parametrize("storage", [StoreThatIsAway(), StoreWithDefect()])
async def test_repeated_trouble_fills_no_log(
    logs: list[EventDict], storage: Storage
) -> None:
    """An error that clients can repeat is a warning and a traceback once."""
    transport = httpx.ASGITransport(Api(storage=storage).create())
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        for _ in range(50):
            assert (await client.get("/health")).status_code >= 500

    loud = [line for line in logs if line["log_level"] in {"warning", "error"}]
    assert len(loud) == 2
    assert len(logs) == 51


async def test_the_caller_may_choose_the_ids(
    client: httpx.AsyncClient, logs: list[EventDict]
) -> None:
    """A usable request id and trace are logged and returned."""
    headers = {"X-Request-ID": "caller.1_2-3", "traceparent": TRACEPARENT}

    answer = await client.get("/", headers=headers)

    assert answer.headers["X-Request-ID"] == "caller.1_2-3"
    assert answer.headers["traceparent"] == TRACEPARENT
    assert logs[0]["request_id"] == "caller.1_2-3"
    assert logs[0]["trace_id"] == TRACE_ID


async def test_unusable_ids_are_replaced(
    client: httpx.AsyncClient, logs: list[EventDict]
) -> None:
    """What could confuse a log or a header is not taken over."""
    headers = {"X-Request-ID": "a b", "traceparent": "00-xyz"}

    answer = await client.get("/", headers=headers)

    assert re.fullmatch("[0-9a-f]{16}", answer.headers["X-Request-ID"])
    assert "traceparent" not in answer.headers
    assert "trace_id" not in logs[0]
