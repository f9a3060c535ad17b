"""The fast path over real sockets: what it answers, and what leaves it."""

import asyncio
import json

import pytest

from tests.integration.edge.conftest import Server, serving
from tests.unit.edge.parts import TARGET

PLAIN = b"GET /abc1234 HTTP/1.1\r\nHost: x\r\n\r\n"


async def test_both_roads_answer_alike(server: Server) -> None:
    """A visitor cannot distinguish a hit from a look-up."""
    async with server.connect() as client:
        looked_up = await client.get("/abc1234")
        held_ready = await client.get("/abc1234")

    assert looked_up == held_ready
    assert held_ready[0] == 307
    assert held_ready[1]["location"] == TARGET
    assert server.edge.tally.store_redirects == 1
    assert server.edge.tally.near_redirects == 1


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


LAST = {"connection": "close"}
GOES_ON: dict[str, str] = {}


@pytest.mark.parametrize(
    ("request_bytes", "ending", "query", "host"),
    [
        (b"GET /abc1234 HTTP/1.0\r\n\r\n", LAST, b"", b""),
        (b"GET /abc1234 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", LAST, b"", b""),
        (
            b"GET /abc1234 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
            LAST,
            b"",
            b"x",
        ),
        (
            b"GET /abc1234 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
            GOES_ON,
            b"",
            b"x",
        ),
        (
            b"GET /abc1234 HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"5\r\nhello\r\n0\r\n\r\n",
            GOES_ON,
            b"",
            b"x",
        ),
        (
            b"GET /abc1234 HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings"
            b"\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
            GOES_ON,
            b"",
            b"x",
        ),
        (b"GET http://x/abc1234 HTTP/1.1\r\nHost: x\r\n\r\n", GOES_ON, b"", b"x"),
        (b"GET /%61bc1234 HTTP/1.1\r\nHost: x\r\n\r\n", GOES_ON, b"", b"x"),
        (b"GET /abc1234/?utm=1 HTTP/1.1\r\nHost: x\r\n\r\n", GOES_ON, b"utm=1", b"x"),
        (b"GET /abc1234?utm=1 HTTP/1.1\r\nHost: y\r\n\r\n", GOES_ON, b"utm=1", b"y"),
        (
            b"GET /abc1234?a HTTP/1.1\r\nHost: [::1]:80\r\nX: 1\r\nX: 2\r\n\r\n",
            GOES_ON,
            b"a",
            b"[::1]:80",
        ),
    ],
)
async def test_unusual_requests_are_redirected_and_counted_once(
    server: Server,
    request_bytes: bytes,
    ending: dict[str, str],
    query: bytes,
    host: bytes,
) -> None:
    """A request that cannot take the fast path gets the same answer and click."""
    async with server.connect() as client:
        _, usual, _ = await client.get("/abc1234")
        await client.send(request_bytes)
        status, headers, _ = await client.answer()
        if ending:
            assert await client.is_closed()
        else:
            assert (await client.get("/abc1234"))[0] == 307

    assert status == 307
    assert headers == usual | ending
    click = server.edge.recorder.committed[1]
    assert (click.query, click.host) == (query, host)
    assert len(server.edge.recorder.committed) == 2 + (not ending)


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
    """What is not HTTP gets 400 with a stable code, and the connection ends."""
    async with server.connect() as client:
        await client.send(garbage + b"\r\n\r\n")
        status, headers, body = await client.answer()

        assert status == 400
        assert headers["content-type"] == "application/problem+json"
        assert json.loads(body)["code"] == "malformed-request"
        assert await client.is_closed()


async def test_endless_head_is_refused(server: Server) -> None:
    """No client fills the memory with headers."""
    line = b"X-Padding: " + b"x" * 10_000 + b"\r\n"
    async with server.connect() as client:
        await client.send(b"GET /abc1234 HTTP/1.1\r\n")
        client.writer.writelines([line] * 1_000)
        status, _, _ = await client.answer()

    assert status == 431


@pytest.mark.parametrize(
    "head",
    [
        b"GET /abc1234 HTTP/1.1\r\nHost: x\r\nX: " + b"x" * 70_000 + b"\r\n\r\n",
        b"GET /abc1234 HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 11_000 + b"\r\n",
        b"POST /a/b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n"
        + b"X: y\r\n" * 11_000
        + b"\r\n",
        b"POST /a/b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;"
        + b"x" * 70_000,
    ],
    ids=["long header", "many headers", "trailers", "chunk extension"],
)
async def test_long_head_is_refused_however_it_comes(
    server: Server, head: bytes
) -> None:
    """A head, or what may stand between and behind chunks, has one bound."""
    async with server.connect() as client:
        await client.get("/abc1234")
        client.writer.write(head)
        statuses = [(await client.answer())[0]]
        if head.startswith(b"POST"):
            statuses.append((await client.answer())[0])

    assert statuses[-1] == 431
    assert len(server.edge.recorder.committed) == 1


async def test_head_within_the_bound_is_served(server: Server) -> None:
    """Sixty kilobytes of headers with a body behind them are a request."""
    head = b"GET /abc1234 HTTP/1.1\r\nHost: x\r\nContent-Length: 70000\r\nX: "
    async with server.connect() as client:
        client.writer.write(head + b"x" * 60_000 + b"\r\n\r\n" + b"y" * 70_000)
        first = await client.answer()
        second = await client.get("/abc1234")

    assert (first[0], second[0]) == (307, 307)


HOST_FAULTS = [
    b"",
    b"Host: a\r\nHost: a\r\n",
    b"Host: a\r\nHost: b\r\n",
    b"Host: a b\r\n",
    b"Host: a/b\r\n",
    b"Host: user@a\r\n",
    b"Host: a,b\r\nX: y\r\nHost: a\r\n",
    b"Host: a:b\r\n",
    b"Host: [::1\r\n",
    b"Host: ::1\r\n",
    b"Host: <script>\r\n",
    b"Host: \xc3\xa4\r\n",
    b"Host: a%2\r\n",
]


@pytest.mark.parametrize("hosts", HOST_FAULTS)
@pytest.mark.parametrize("line", [b"GET /abc1234 HTTP/1.1", b"POST /a/b HTTP/1.1"])
async def test_one_valid_host_is_demanded(
    server: Server, line: bytes, hosts: bytes
) -> None:
    """A missing, repeated or invalid `Host` is refused (RFC 9112, section 3.2)."""
    async with server.connect() as client:
        await client.get("/abc1234")
        await client.send(line + b"\r\n" + hosts + b"\r\n")
        status, _, body = await client.answer()

        assert status == 400
        assert json.loads(body)["code"] == "malformed-request"
        assert await client.is_closed()
    assert len(server.edge.recorder.committed) == 1


@pytest.mark.parametrize(
    "host", [b"", b"a", b"A.b:80", b"a:", b"[::1]:8000", b"[v1.x:y]", b"xn--a_~%20"]
)
async def test_valid_hosts_are_served(server: Server, host: bytes) -> None:
    """Every form that the grammar allows is fine, twice on one connection too."""
    async with server.connect() as client:
        for _ in range(2):
            await client.send(b"GET /abc1234 HTTP/1.1\r\nHost: %s\r\n\r\n" % host)
            assert (await client.answer())[0] == 307


async def test_long_request_line_says_what_is_wrong(server: Server) -> None:
    """A head just over the bound is 431."""
    async with server.connect() as client:
        await client.send(b"GET /" + b"a" * 70_000)
        status, _, body = await client.answer()

    assert status == 431
    assert json.loads(body)["code"] == "head-too-large"


async def test_trickling_head_is_given_up() -> None:
    """A client that does not finish its request is let go, and gets no click."""
    async with serving(request_timeout=0.05) as server, server.connect() as client:
        assert (await client.get("/abc1234"))[0] == 307
        await client.send(b"GET /abc1234 HTTP/1.1\r\nHost:")
        status, headers, body = await client.answer()

        assert status == 408
        assert headers["connection"] == "close"
        assert json.loads(body)["code"] == "request-timeout"
        assert await client.is_closed()
    assert len(server.edge.recorder.committed) == 1


async def test_idle_connections_are_closed() -> None:
    """Unused connections do not accumulate."""
    async with serving(keep_alive=0.05) as server, server.connect() as client:
        await client.get("/abc1234")

        assert await client.is_closed()


async def test_visitor_who_disconnects_harms_no_other(server: Server) -> None:
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


@pytest.mark.slow
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
