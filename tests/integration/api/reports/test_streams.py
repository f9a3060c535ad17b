"""Streams of clicks over a real server: live, and as an export."""

import asyncio
import csv
import json
import socket
from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from io import StringIO

import httpx
import pytest
import uvicorn

from tests.integration.api.conftest import AS_ADMIN, Api
from tests.integration.api.reports.stored import add_clicks, add_links, click
from waypost.adapters.local import SystemClock
from waypost.adapters.memory.clicks import MemoryClicks
from waypost.api.stream_limits import StreamLimits
from waypost.domain.analytics.enriched import EnrichedClick
from waypost.domain.analytics.questions import ClickQuery
from waypost.domain.errors import BackendUnavailable
from waypost.http.connections.connection import connection_class
from waypost.http.connections.options import connection_options
from waypost.processes.running.listener import server_config

LIVE = "/api/v1/reports/live"
EXPORT = "/api/v1/exports/clicks"
LONG = 120.0


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
    api.readiness.begin()
    options = connection_options(request_timeout_seconds=5, keep_alive_seconds=5)
    config = server_config(api.create(), stop_seconds=1, http=connection_class(options))
    server = uvicorn.Server(config)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = asyncio.create_task(server.serve(sockets=[listener]))
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        async with httpx.AsyncClient(
            base_url=url, headers=AS_ADMIN, timeout=LONG
        ) as client:
            yield client
        server.should_exit = True
        await serving


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


async def test_a_stream_is_resumed(api: Api, client: httpx.AsyncClient) -> None:
    """A client that names its last event gets what has come since, once."""
    now = api.clock.now()
    await add_clicks(
        api, *(click(n, at=now, ago=timedelta(seconds=10 - n)) for n in (1, 2, 3))
    )
    async with client.stream("GET", LIVE, headers={"Last-Event-ID": "1-1-0-1"}) as all_:
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


@pytest.mark.parametrize("form", ["csv", "jsonl"])
async def test_every_click_is_exported(
    api: Api, client: httpx.AsyncClient, form: str
) -> None:
    """Each click is a line, oldest first, with all its values as they are."""
    await add_links(api, "spring")
    odd = '=1+1,"\nä'
    count = 1_203
    await add_clicks(
        api,
        *(
            click(n, at=api.clock.now(), ago=timedelta(seconds=n), utm_campaign=odd)
            for n in range(1, count + 1)
        ),
    )

    answer = await client.get(EXPORT, params={"format": form})

    assert f'filename="clicks.{form}"' in answer.headers["content-disposition"]
    rows = (
        list(csv.DictReader(StringIO(answer.text, newline="")))
        if form == "csv"
        else [json.loads(line) for line in answer.text.splitlines()]
    )
    assert [row["id"] for row in rows] == [
        f"journal-0-{n}" for n in range(count, 0, -1)
    ]
    assert rows[0]["utm_campaign"] == odd
    assert rows[0]["code"] == "spring"


async def test_an_export_without_clicks_is_empty(client: httpx.AsyncClient) -> None:
    """The names of the columns alone, or nothing."""
    lines = (await client.get(EXPORT)).text.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("id,at,link_id,domain,code,country,")
    assert (await client.get(EXPORT, params={"format": "jsonl"})).text == ""


class NotingStore(MemoryClicks):
    """Notes how many exports are read, and fails in one if it should."""

    def __init__(self) -> None:
        super().__init__()
        self.reads = 0
        self.begun = asyncio.Event()
        self.ended = asyncio.Event()
        self.is_failing = False

    async def export(self, query: ClickQuery) -> AsyncIterator[Sequence[EnrichedClick]]:
        """Yield as the store does, and fail after the first clicks if it should."""
        self.reads += 1
        self.begun.set()
        try:
            async for clicks in super().export(query):
                yield clicks
                if self.is_failing:
                    raise BackendUnavailable
        finally:
            self.reads -= 1
            self.ended.set()


@pytest.fixture
async def store(api: Api) -> NotingStore:
    """The store of the application, with more clicks than sockets hold."""
    store = NotingStore()
    now = api.clock.now()
    clicks = [
        click(n, at=now, ago=timedelta(seconds=n), agent="a" * 900)
        for n in range(1, 20_001)
    ]
    await store.add(clicks)
    api.clicks = store
    return store


async def test_a_reader_that_goes_away_frees_its_place(
    store: NotingStore, client: httpx.AsyncClient
) -> None:
    """Its place is free again, and no read of the store stays open."""
    async with client.stream("GET", EXPORT) as answer:
        await anext(answer.aiter_bytes())
        assert store.reads == 1
        assert (await client.get(EXPORT)).status_code == 429
    while (again := await client.head(EXPORT)).status_code == 429:
        pass
    assert again.status_code == 200
    await store.ended.wait()
    assert store.reads == 0


@pytest.mark.slow
async def test_a_reader_that_takes_nothing_is_disconnected(
    store: NotingStore, client: httpx.AsyncClient
) -> None:
    """The server waits for some seconds, holding no more than a part, and then ends."""
    url = httpx.URL(str(client.base_url))
    reader, writer = await asyncio.open_connection(url.host, url.port, limit=1)
    token = AS_ADMIN["Authorization"]
    writer.write(
        f"GET {EXPORT} HTTP/1.1\r\nHost: a\r\nAuthorization: {token}\r\n\r\n".encode()
    )
    await store.begun.wait()
    await store.ended.wait()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await reader.readexactly(20_000_000)
    writer.close()


async def test_an_export_that_fails_is_broken_off(
    store: NotingStore, client: httpx.AsyncClient
) -> None:
    """No answer that is complete lacks a click."""
    store.is_failing = True
    with pytest.raises(httpx.RemoteProtocolError):
        await client.get(EXPORT)


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
