"""Any bytes at any address: a clear refusal, never a 5xx and never a wait."""

import asyncio
import json

import pytest
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message

from tests.integration.api.asgi import ask, body_of
from tests.integration.api.conftest import Api

ODD_TEXTS = ["\ud800", "\x00", "\u2028", "💩", "//", "http://[", "a" * 60_000]


@pytest.fixture
def app(api: Api) -> FastAPI:
    """The application over an empty store."""
    return api.create()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00",
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b'{"url": "https://example.com/',
        b"null",
        b"NaN",
        b'{"url": NaN}',
        b'{"url": Infinity}',
        b'{"url": 1e999999}',
        b"1" * 5_000,
        b'{"url": ' + b"1" * 5_000 + b"}",
        b"[" * 60_000,
        b'{"url": ' + b"[" * 30_000 + b"]" * 30_000 + b"}",
        b'{"url":' * 9_000,
        b'{"url": "\\ud800"}',
        b'{"\\ud800": 1, "url": 1}',
        b'{"url": true}',
        b'{"url": {"$gt": ""}}',
    ],
    ids=lambda body: repr(body[:24]),
)
async def test_odd_bodies_are_refused(app: FastAPI, body: bytes) -> None:
    """A body that is not a request for a link is the client's error."""
    answer = await ask(app, body_of(body))

    assert 400 <= answer.status < 500
    assert json.loads(answer.body)["status"] == answer.status


@pytest.mark.parametrize("text", ODD_TEXTS, ids=lambda text: ascii(text[:8]))
async def test_odd_texts_are_refused(app: FastAPI, text: str) -> None:
    """A text that is not a URL or code is the client's error."""
    as_url = json.dumps({"url": text}).encode()
    as_code = json.dumps({"url": "https://example.com", "custom_code": text}).encode()

    # Half a character is not text at all.
    status = 400 if text == "\ud800" else 422
    assert (await ask(app, body_of(as_url))).status == status
    assert (await ask(app, body_of(as_code))).status == status


@pytest.mark.parametrize(
    "content_type",
    [
        b"",
        b"text/plain",
        b";",
        b"application/",
        b"\xff",
        b"application/json; charset=x",
    ],
)
async def test_odd_media_types_are_refused(app: FastAPI, content_type: bytes) -> None:
    """A media type that is none, or not JSON's, is the client's error."""
    answer = await ask(app, body_of(b"{}"), headers=((b"content-type", content_type),))

    assert 400 <= answer.status < 500


@pytest.mark.parametrize(
    "path", ["/api/stats/\ud800", "/api/stats/\x00", "//", "/docs\x00"]
)
async def test_odd_paths_are_not_found(app: FastAPI, path: str) -> None:
    """A path that no server should pass on is answered 404 all the same."""
    answer = await ask(app, body_of(b""), method="GET", path=path)

    assert answer.status == 404


@pytest.mark.slow
@given(body=st.binary(max_size=200))
def test_arbitrary_bytes_are_refused(body: bytes) -> None:
    """No body is answered with a server error."""
    answer = asyncio.run(ask(Api().create(), body_of(body)))

    assert 400 <= answer.status < 500


async def test_the_largest_body_is_read(app: FastAPI) -> None:
    """A body of exactly 64 KiB is not too large."""
    body = json.dumps({"url": "https://example.com"}).encode().ljust(65_536)

    answer = await ask(app, body_of(body[:10_000], body[10_000:]))

    assert len(body) == 65_536
    assert answer.status == 201


async def test_a_large_body_is_counted_as_it_comes(app: FastAPI) -> None:
    """A body that announces no length is refused once it is too large."""
    answer = await ask(app, body_of(*[b"x" * 10_000] * 7))

    assert answer.status == 413


@pytest.mark.parametrize("length", [b"65537", b"9" * 5_000])
async def test_an_announced_large_body_is_not_waited_for(
    app: FastAPI, length: bytes
) -> None:
    """`Content-Length` is enough to refuse; no byte of the body is needed."""

    async def receive() -> Message:
        raise AssertionError("the body was asked for")

    headers = ((b"content-type", b"application/json"), (b"content-length", length))
    answer = await ask(app, receive, headers=headers)

    assert answer.status == 413


async def test_a_body_that_does_not_come_is_given_up(app: FastAPI) -> None:
    """A client that stops sending gets 408 and loses its connection."""
    first = body_of(b'{"url": ', b"")

    async def receive() -> Message:
        message = await first()
        if not message["more_body"]:
            await asyncio.Event().wait()
        return message

    answer = await ask(app, receive)

    assert answer.status == 408
    assert answer.headers[b"connection"] == b"close"
    assert json.loads(answer.body)["code"] == "request-timeout"


async def test_a_body_that_is_cut_off_creates_nothing(app: FastAPI) -> None:
    """A client that goes away in the middle of its body did not ask for a link."""

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    answer = await ask(app, receive)

    assert answer.status == 400
