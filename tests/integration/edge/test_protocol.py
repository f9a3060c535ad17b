"""The straight road over real sockets: what it answers, and what leaves it."""

import asyncio
import json

import pytest

from tests.integration.edge.conftest import Server, serving
from tests.unit.edge.parts import TARGET

PLAIN = b"GET /abc1234 HTTP/1.1\r\nHost: x\r\n\r\n"


async def test_both_roads_answer_alike(server: Server) -> None:
    """A visitor cannot tell a hit from a look-up."""
    async with server.connect() as client:
        looked_up = await client.get("/abc1234")
        held_ready = await client.get("/abc1234")

    assert looked_up == held_ready
    assert held_ready[0] == 307
    assert held_ready[1]["location"] == TARGET
    assert server.edge.tally.store_redirects == 1
    assert server.edge.tally.near_redirects == 1


async def test_click_is_durable_when_the_answer_arrives(server: Server) -> None:
    """Whoever has the answer can rely on the click being committed."""
    async with server.connect() as client:
        for number in range(1, 5):
            await client.get("/abc1234")

            assert len(server.edge.recorder.committed) == number


async def test_pipelined_requests_are_answered_in_order(server: Server) -> None:
    """Hits do not overtake the slow requests before them."""
    ask = b"GET /%s HTTP/1.1\r\nHost: x\r\n\r\n"
    paths = [b"abc1234", b"nosuch1", b"abc1234", b"abc1234", b"a/b", b"abc1234"]
    async with server.connect() as client:
        await client.get("/abc1234")
        await client.send(b"".join(ask % path for path in paths))
        statuses = [(await client.answer())[0] for _ in paths]

    assert statuses == [307, 404, 307, 307, 418, 307]


async def test_look_up_arrives_in_one_piece(server: Server) -> None:
    """A client wakes up once per answer, whose head and body uvicorn writes apart."""
    async with server.connect() as client:
        await client.send(b"GET /nosuch1 HTTP/1.1\r\nHost: x\r\n\r\n")
        piece = await client.piece()

    head, _, body = piece.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404")
    assert body


async def test_request_in_single_bytes(server: Server) -> None:
    """However the network cuts a request up, it is the same request."""
    async with server.connect() as client:
        await client.get("/abc1234")
        for position in range(len(PLAIN)):
            await client.send(PLAIN[position : position + 1])
        status, _, _ = await client.answer()

    assert status == 307
    assert server.edge.recorder.committed[-1].host == b"x"


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /abc1234 HTTP/1.0\r\n\r\n",
        b"GET /abc1234 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        b"GET /abc1234 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /abc1234 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
        b"GET /abc1234 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"5\r\nhello\r\n0\r\n\r\n",
        b"GET /abc1234 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\n"
        b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
        b"GET http://x/abc1234 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /%61bc1234 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"GET /abc1234?utm=1 HTTP/1.1\r\nHost: x\r\n\r\n",
    ],
)
async def test_unusual_requests_are_redirected_and_counted_once(
    server: Server, request_bytes: bytes
) -> None:
    """A request that cannot take the straight road gets the same answer."""
    async with server.connect() as client:
        await client.get("/abc1234")
        await client.send(request_bytes)
        status, headers, _ = await client.answer()

    assert status == 307
    assert headers["location"] == TARGET
    assert len(server.edge.recorder.committed) == 2


async def test_connection_goes_on_after_a_body(server: Server) -> None:
    """A body on a GET is skipped, not read as the next request."""
    body = b"GET /nosuch1 HTTP/1.1\r\n\r\n"
    smuggler = b"GET /abc1234 HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n" % len(
        body
    )
    async with server.connect() as client:
        await client.get("/abc1234")
        await client.send(smuggler + body)
        first = await client.answer()
        second = await client.get("/abc1234")

    assert (first[0], second[0]) == (307, 307)
    assert len(server.edge.recorder.committed) == 3


@pytest.mark.parametrize(
    "garbage",
    [b"\x00" * 1000, b"GET\r\n\r\n", b"\xff\xfe GET / HTTP/1.1\r\n\r\n"],
)
async def test_garbage_is_refused_with_a_problem(
    server: Server, garbage: bytes
) -> None:
    """What is no HTTP gets 400 with a stable code, and the connection ends."""
    async with server.connect() as client:
        await client.send(garbage + b"\r\n\r\n")
        status, headers, body = await client.answer()

        assert status == 400
        assert headers["content-type"] == "application/problem+json"
        assert json.loads(body)["code"] == "malformed-request"
        assert await client.is_closed()


async def test_endless_head_is_refused(server: Server) -> None:
    """Nobody fills the memory with headers."""
    line = b"X-Padding: " + b"x" * 10_000 + b"\r\n"
    async with server.connect() as client:
        await client.send(b"GET /abc1234 HTTP/1.1\r\n")
        client.writer.writelines([line] * 1_000)
        status, _, _ = await client.answer()

    assert status == 431


async def test_long_request_line_says_what_is_wrong(server: Server) -> None:
    """A head just over the bound is 431."""
    async with server.connect() as client:
        await client.send(b"GET /" + b"a" * 70_000)
        status, _, body = await client.answer()

    assert status == 431
    assert json.loads(body)["code"] == "head-too-large"


async def test_trickling_head_is_given_up() -> None:
    """A client that does not finish its request is let go."""
    async with serving(request_timeout=0.05) as server, server.connect() as client:
        await client.get("/abc1234")
        await client.send(b"GET /abc1234 HTTP/1.1\r\nHost:")
        status, _, body = await client.answer()

        assert status == 408
        assert json.loads(body)["code"] == "request-timeout"
        assert await client.is_closed()


async def test_idle_connections_are_closed() -> None:
    """Connections that nobody uses do not pile up."""
    async with serving(keep_alive=0.05) as server, server.connect() as client:
        await client.get("/abc1234")
        await client.get("/abc1234")

        assert await client.is_closed()


async def test_visitor_who_leaves_harms_nobody(server: Server) -> None:
    """A connection that is gone before its answer leaves the others' answers alone."""
    async with server.connect() as client:
        await client.get("/abc1234")
        for _ in range(20):
            async with server.connect() as leaving:
                await leaving.send(PLAIN)
                leaving.writer.transport.abort()
            assert (await client.get("/abc1234"))[0] == 307


async def test_many_connections_share_turns(server: Server) -> None:
    """Fifty clients at once: each gets its answers, every click is counted."""

    async def visit() -> list[int]:
        async with server.connect() as client:
            return [(await client.get("/abc1234"))[0] for _ in range(20)]

    statuses = await asyncio.gather(*[visit() for _ in range(50)])

    assert statuses == [[307] * 20] * 50
    assert len(server.edge.recorder.committed) == 1000


async def test_stopping_server_answers_what_a_proxy_has_just_sent() -> None:
    """An idle connection gets one more answer, which says that it is the last one."""
    async with (
        serving() as server,
        server.connect() as client,
        server.connect() as idle,
    ):
        await client.get("/abc1234")
        await idle.get("/abc1234")
        server.stop()
        await server.refuses_connections()
        status, headers, _ = await client.get("/abc1234")

        assert status == 307
        assert headers["connection"] == "close"
        assert await client.is_closed()
        assert await idle.is_closed()
    assert len(server.edge.recorder.committed) == 3
