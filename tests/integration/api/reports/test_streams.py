"""Clicks over a real server, as they come."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest

from tests.integration.api.conftest import Api
from tests.integration.api.reports.serving import client_of
from tests.integration.api.reports.stored import add_clicks, add_links, click
from waypost.adapters.local import SystemClock
from waypost.api.stream_limits import StreamLimits

LIVE = "/api/v1/reports/live"
EXPORT = "/api/v1/exports/clicks"


@pytest.fixture
def api() -> Api:
    """Parts of an application with few places for streams, which takes bodies soon."""
    return Api(
        streams=StreamLimits(live=2, exports=1),
        request_timeout_seconds=0.2,
        clock=SystemClock(),
    )


@pytest.fixture
async def client(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a real server; the admin's token is sent with each request."""
    async with client_of(api) as client:
        yield client


async def events_of(answer: httpx.Response) -> AsyncIterator[dict[str, str]]:
    """Yield the fields of each event."""
    event: dict[str, str] = {}
    async for line in answer.aiter_lines():
        name, _, value = line.partition(": ")
        if line:
            event[name] = value
        elif "data" in event:
            yield event
            event = {}


async def test_clicks_are_seen_as_they_come(
    api: Api, client: httpx.AsyncClient
) -> None:
    """The totals of today first, then each new click with the totals that it makes.

    The stream outlives the time that a request's body may take.
    """
    await add_links(api, "spring")
    await add_clicks(api, click(1, at=api.clock.now()))
    async with client.stream("GET", LIVE) as answer:
        events = events_of(answer)
        first = await anext(events)
        await asyncio.sleep(api.request_timeout_seconds * 2)
        await add_clicks(api, click(2, at=api.clock.now(), country="CH"))
        second, third = await anext(events), await anext(events)

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert first["event"] == third["event"] == "totals"
    assert json.loads(first["data"])["clicks"]["all"] == 1
    assert second["event"] == "click"
    assert json.loads(second["data"])["country"] == "CH"
    assert json.loads(second["data"])["link"]["code"] == "spring"
    assert json.loads(third["data"])["clicks"]["all"] == 2


async def test_how_long_one_watches_is_no_latency(
    api: Api, client: httpx.AsyncClient
) -> None:
    """A live stream counts as a request; its duration, a client's choice, does not."""
    async with client.stream("GET", LIVE) as answer:
        await anext(events_of(answer))
    await client.get("/api/v1/reports/totals")
    stream = {"route": LIVE}
    counted = {**stream, "method": "GET", "status": "200"}
    value = api.metrics.registry.get_sample_value
    while value("waypost_api_requests_total", counted) != 1:
        await client.get("/livez")
    seconds = "waypost_api_request_seconds_count"
    assert value(seconds, stream) is None
    assert value(seconds, {"route": "/api/v1/reports/totals"}) == 1


async def test_a_stream_is_resumed(api: Api, client: httpx.AsyncClient) -> None:
    """A client that names its last event gets what has come since, once."""
    now = api.clock.now()
    await add_clicks(
        api, *(click(n, at=now, ago=timedelta(seconds=10 - n)) for n in (1, 2, 3))
    )
    async with client.stream(
        "GET", LIVE, headers={"Last-Event-ID": "1-1-0-1-journal"}
    ) as all_:
        every = [await anext(events_of(all_)) for _ in range(1)]
    last = {"Last-Event-ID": every[0]["id"]}
    async with client.stream("GET", LIVE, headers=last) as answer:
        events = events_of(answer)
        ids = [json.loads((await anext(events))["data"])["id"] for _ in range(2)]
    assert ids == ["journal-0-2", "journal-0-3"]


async def test_live_clicks_are_filtered(api: Api, client: httpx.AsyncClient) -> None:
    """Only clicks of the links and values that were asked for are sent."""
    query = {"link": "id:7", "country": "CH"}
    async with client.stream("GET", LIVE, params=query) as answer:
        events = events_of(answer)
        await anext(events)
        now = api.clock.now()
        await add_clicks(
            api,
            click(1, at=now, link_id=7, country="DE"),
            click(2, at=now, link_id=8, country="CH"),
            click(3, at=now, link_id=7, country="CH"),
        )
        found = await anext(events)
    assert json.loads(found["data"])["id"] == "journal-0-3"


async def test_streams_are_bounded(api: Api, client: httpx.AsyncClient) -> None:
    """One stream too many is refused, and its place is free once another ends."""
    async with client.stream("GET", LIVE), client.stream("GET", LIVE):
        refused = await client.get(LIVE)
        assert refused.status_code == 429
        assert refused.json()["code"] == "too-many-streams"
    while (await client.head(LIVE)).status_code == 429:
        pass


async def test_head_of_a_stream_ends(client: httpx.AsyncClient) -> None:
    """HEAD is answered like GET, and the stream ends, as often as it is asked."""
    for path in (LIVE, EXPORT):
        for _ in range(6):
            answer = await client.head(path)
            assert answer.status_code in {200, 429}


async def test_streams_end_when_the_server_stops(
    api: Api, client: httpx.AsyncClient
) -> None:
    """A server that is about to stop ends its live streams, and begins no others."""
    async with client.stream("GET", LIVE) as answer:
        events = events_of(answer)
        await anext(events)
        api.readiness.end()
        assert [event async for event in events] == []
    again = await client.get(LIVE)
    assert (again.status_code, again.json()["code"]) == (503, "backend-unavailable")


async def test_a_stream_ends_with_its_key(api: Api, client: httpx.AsyncClient) -> None:
    """The bearer of a key that was revoked sees no further click."""
    body = {"name": "one", "scopes": ["reports:read"]}
    made = (await client.post("/api/v1/keys", json=body)).json()
    headers = {"Authorization": f"Bearer {made['key']}"}
    async with client.stream("GET", LIVE, headers=headers) as answer:
        events = events_of(answer)
        assert (await anext(events))["event"] == "totals"
        revoked = await client.delete(f"/api/v1/keys/{made['id']}")
        assert revoked.status_code == 204
        await add_clicks(api, click(1, at=api.clock.now()))
        assert [event async for event in events] == []


@pytest.mark.slow
async def test_many_reports_at_once(api: Api, client: httpx.AsyncClient) -> None:
    """Two hundred requests are all answered, and alike."""
    await add_clicks(
        api, *(click(n, at=api.clock.now(), visitor=n) for n in range(1, 300))
    )
    paths = ("totals", "series", "breakdown", "clicks")
    answers = await asyncio.gather(
        *(
            client.get(
                f"/api/v1/reports/{paths[n % 4]}",
                params={"by": "country"} if n % 4 == 2 else {},
            )
            for n in range(200)
        )
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 4
