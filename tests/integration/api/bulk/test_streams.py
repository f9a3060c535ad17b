"""A stream of items, and of results."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

import httpx
import pytest
from starlette.types import Message

from tests.integration.api.access.test_scopes import bearer, key_with
from tests.integration.api.asgi import ask, body_of
from tests.integration.api.conftest import ADMIN_TOKEN, AS_ADMIN, Api
from waypost.api.stream_limits import StreamLimits
from waypost.domain.access.scopes import KeyScope
from waypost.domain.errors import TooManyStreams

PATH: Final = "/api/v1/links/bulk"
LINES: Final = {"Content-Type": "application/jsonl"}
Json: TypeAlias = Mapping[str, Any]  # type: ignore[explicit-any]  # JSON


@pytest.fixture
def api() -> Api:
    """Parts of an application whose clients may take their time."""
    return Api(request_timeout_seconds=30)


def results(body: bytes) -> Sequence[Json]:
    """Return the lines of an answer."""
    return [json.loads(line) for line in body.splitlines()]


async def stream(
    client: httpx.AsyncClient, content: bytes, **headers: str
) -> Sequence[Json]:
    """Send *content*, and return the lines of the answer."""
    answer = await client.post(
        PATH, content=content, headers={**AS_ADMIN, **LINES, **headers}
    )
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "application/jsonl"
    return results(answer.content)


async def test_a_line_is_an_item(client: httpx.AsyncClient) -> None:
    """Results come in order, and at last how many there were."""
    lines = b"""{"url": "https://example.com/", "code": "first", "ref": "a"}

{"op": "update", "link": "first", "title": "First"}\r
{"url": }
\xff
7
{"op": "delete", "link": "first"}"""
    *found, end = await stream(client, lines)
    assert [one["index"] for one in found] == [0, 1, 2, 3, 4, 5]
    assert [one["status"] for one in found] == [201, 200, 400, 400, 422, 200]
    assert found[2]["error"]["code"] == "malformed-json"
    assert found[0]["ref"] == "a"
    assert end == {"summary": {"succeeded": 3, "failed": 3}}


async def test_the_other_name_of_json_lines(client: httpx.AsyncClient) -> None:
    """Is taken too, with parameters."""
    lines = await stream(
        client,
        b'{"url": "https://example.com/"}\n',
        **{"Content-Type": "application/x-ndjson; charset=utf-8"},
    )
    assert lines[-1] == {"summary": {"succeeded": 1, "failed": 0}}


async def test_an_empty_stream(client: httpx.AsyncClient) -> None:
    """Has nothing but a summary."""
    assert await stream(client, b"\n \n") == [
        {"summary": {"succeeded": 0, "failed": 0}}
    ]


async def test_a_line_that_is_too_long_is_refused(client: httpx.AsyncClient) -> None:
    """By itself: the lines around it are carried out."""
    good = b'{"url": "https://example.com/"}'
    long = b"x" * 70_000
    *found, end = await stream(client, b"\n".join([good, long, good, long]))
    assert [one["status"] for one in found] == [201, 413, 201, 413]
    assert end == {"summary": {"succeeded": 2, "failed": 2}}


@pytest.mark.parametrize("size", [1, 7, 64, 1_000_000])
async def test_pieces_end_anywhere(api: Api, size: int) -> None:
    """A line may come in many pieces, and a piece may have many lines."""
    lines = b"".join(
        b'{"url": "https://example.com/\xc3\xa4", "code": "c%d"}\n' % n
        for n in range(20)
    )
    pieces = [lines[at : at + size] for at in range(0, len(lines), size)]
    answered = await ask(
        api.create(),
        body_of(*pieces),
        path=PATH,
        headers=(
            (b"content-type", b"application/jsonl"),
            (b"authorization", f"Bearer {ADMIN_TOKEN}".encode()),
        ),
    )
    *found, end = results(answered.body)
    assert [one["link"]["code"] for one in found] == [f"c{n}" for n in range(20)]
    assert end == {"summary": {"succeeded": 20, "failed": 0}}


async def test_many_lines(api: Api, client: httpx.AsyncClient) -> None:
    """Each makes a link of its own."""
    content = b'{"url": "https://example.com/"}\n' * 3_210
    *found, end = await stream(client, content)
    assert end == {"summary": {"succeeded": 3_210, "failed": 0}}
    assert len({one["link"]["id"] for one in found}) == 3_210
    assert len(await api.storage.links.newest(limit=10_000)) == 3_210


async def test_a_line_is_answered_before_the_next_one_comes(api: Api) -> None:
    """A client may wait for the result of each line."""
    sent: asyncio.Queue[Message] = asyncio.Queue()
    answered: list[bytes] = []
    is_answered = asyncio.Event()

    async def send(message: Message) -> None:
        answered.append(message.get("body", b""))
        if answered[-1]:
            is_answered.set()

    serving = asyncio.create_task(api.create()(_scope(), sent.get, send))
    for number in range(3):
        line = b'{"url": "https://example.com/", "code": "c%d"}\n' % number
        await sent.put({"type": "http.request", "body": line, "more_body": True})
        await asyncio.wait_for(is_answered.wait(), timeout=30)
        is_answered.clear()
        (found,) = results(answered[-1])
        assert found["link"]["code"] == f"c{number}"
    await sent.put({"type": "http.request", "body": b""})
    await serving
    assert results(answered[-1]) == [{"summary": {"succeeded": 3, "failed": 0}}]


async def test_a_client_that_reads_nothing_is_not_read_from(api: Api) -> None:
    """Few batches are held, however many lines it would send."""
    taken = 0

    async def receive() -> Message:
        nonlocal taken
        taken += 1
        line = b'{"url": "https://example.com/"}\n'
        return {"type": "http.request", "body": line, "more_body": True}

    is_over = asyncio.Event()

    async def send(message: Message) -> None:
        if message.get("body"):
            await is_over.wait()

    serving = asyncio.create_task(api.create()(_scope(), receive, send))
    for _ in range(1_000):
        await asyncio.sleep(0)
    assert 1 <= taken <= 4
    serving.cancel()
    with pytest.raises(asyncio.CancelledError):
        await serving


async def test_a_client_that_goes_away_leaves_half_a_line(api: Api) -> None:
    """Which is not carried out, although it is an item."""

    async def receive() -> Message:
        return next(messages)

    messages: Iterator[Message] = iter(
        [
            {
                "type": "http.request",
                "body": b'{"url": "https://example.com/", "code": "whole"}\n'
                b'{"url": "https://example.com/", "code": "half"}',
                "more_body": True,
            },
            {"type": "http.disconnect"},
        ]
    )
    answered = await ask(
        api.create(), receive, path=PATH, headers=tuple(_scope()["headers"])
    )
    *found, end = results(answered.body)
    assert [one["link"]["code"] for one in found] == ["whole"]
    assert end["error"]["code"] == "malformed-json"
    assert await api.storage.links.by_code("half") is None


async def test_a_piece_that_does_not_come_ends_the_stream(api: Api) -> None:
    """The last line says why, and what was sent before is done."""
    api.request_timeout_seconds = 0.05
    messages = [
        {
            "type": "http.request",
            "body": b'{"url": "https://example.com/"}\n',
            "more_body": True,
        }
    ]

    async def receive() -> Message:
        if messages:
            return messages.pop()
        await asyncio.Event().wait()
        raise AssertionError

    answered = await ask(
        api.create(), receive, path=PATH, headers=tuple(_scope()["headers"])
    )
    made, end = results(answered.body)
    assert made["status"] == 201
    assert end["summary"] == {"succeeded": 1, "failed": 0}
    assert end["error"]["code"] == "request-timeout"


async def test_a_key_that_is_revoked_ends_the_stream(
    api: Api, client: httpx.AsyncClient
) -> None:
    """What comes after that is not carried out."""
    headers = bearer(await key_with(api, KeyScope.LINKS_WRITE))
    id_ = (await client.get("/api/v1/me", headers=headers)).json()["id"]

    async def content() -> AsyncIterator[bytes]:
        yield b'{"url": "https://example.com/", "code": "before"}\n'
        await client.delete(f"/api/v1/keys/{id_}", headers=AS_ADMIN)
        yield b'{"url": "https://example.com/", "code": "after"}\n'

    answer = await client.post(PATH, content=content(), headers={**LINES, **headers})
    made, end = results(answer.content)
    assert made["link"]["code"] == "before"
    assert end["error"]["code"] == "key-inactive"
    assert await api.storage.links.by_code("after") is None


async def test_few_streams_at_a_time(api: Api) -> None:
    """One more is refused before it is read."""
    api.streams = StreamLimits(bulk=0)
    answered = await ask(
        api.create(), body_of(b""), path=PATH, headers=tuple(_scope()["headers"])
    )
    assert answered.status == 429
    assert json.loads(answered.body)["code"] == TooManyStreams.code


def _scope() -> dict[str, Any]:  # type: ignore[explicit-any]  # ASGI
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": PATH,
        "raw_path": PATH.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": [
            (b"content-type", b"application/jsonl"),
            (b"authorization", f"Bearer {ADMIN_TOKEN}".encode()),
        ],
        "client": ("203.0.113.7", 50_000),
        "server": ("127.0.0.1", 8000),
    }
