"""The promises of the fast path, click by click, with a clock of the test."""

import pytest
from structlog.testing import capture_logs

from tests.integration.edge.in_memory import (
    KEEP_ALIVE_SECONDS,
    PLAIN,
    REQUEST_SECONDS,
    InMemoryEdge,
)
from tests.unit.edge.parts import TARGET
from waypost.http.connections.backlog import PIECES_PER_TURN
from waypost.http.connections.connection import LINGER_SECONDS

REDIRECT = b"HTTP/1.1 307 "


def request(
    line: bytes = b"GET /abc1234 HTTP/1.1", *headers: bytes, body: bytes = b""
) -> bytes:
    """Return a request for the link."""
    return b"\r\n".join([line, b"Host: x", *headers, b"", body])


@pytest.fixture
async def edge() -> InMemoryEdge:
    """An edge that trusts no proxy."""
    edge = InMemoryEdge()
    await edge.prepare()
    return edge


async def test_click_is_durable_before_any_byte_leaves(edge: InMemoryEdge) -> None:
    """Each turn's clicks are committed, and only then the answers are sent."""
    clients = [edge.connect() for _ in range(3)]
    for _ in range(2):
        for client in clients:
            client.protocol.data_received(PLAIN)
        assert edge.events == []
        for client in clients:
            assert (await client.answered()).startswith(REDIRECT)
        assert edge.events == ["commit", "write", "write", "write"]
        edge.events.clear()


async def test_nothing_is_written_to_who_has_left(edge: InMemoryEdge) -> None:
    """A client that disconnects before the turn ends is counted, as all others."""
    leaving, staying = edge.connect(), edge.connect()
    leaving.protocol.data_received(PLAIN)
    staying.protocol.data_received(PLAIN)
    leaving.transport.close()

    assert await staying.answered()
    assert leaving.transport.written == b""
    assert len(edge.clicks) == 2


async def test_date_follows_the_clock(edge: InMemoryEdge) -> None:
    """Every answer has the headers that the server has at that time."""
    client = edge.connect()
    for date in (b"Thu, 01 Jan 2026 00:00:00 GMT", b"Thu, 01 Jan 2026 00:00:01 GMT"):
        edge.state.default_headers = [(b"date", date)]
        assert b"\r\ndate: " + date + b"\r\n" in await client.send(PLAIN)


@pytest.mark.parametrize("line", [b"HEAD /abc1234 HTTP/1.1", b"HEAD /abc1234 HTTP/1.0"])
async def test_head_is_not_counted(edge: InMemoryEdge, line: bytes) -> None:
    """HEAD counts no click, though the link is in the near cache."""
    answer = await edge.connect().send(request(line))

    assert answer.startswith(REDIRECT)
    assert TARGET.encode() in answer
    assert edge.clicks == []


async def test_query_is_kept_with_the_click(edge: InMemoryEdge) -> None:
    """What stands behind the question mark belongs to the click."""
    client = edge.connect()
    await client.send(request(b"GET /abc1234?utm=a?b HTTP/1.1"))

    assert [click.query for click in edge.clicks] == [b"utm=a?b"]
    assert client.protocol.cycle is None  # no slower than without a query


@pytest.mark.parametrize(
    "asked",
    [
        request(b"GET /abc1234 HTTP/1.1", b"Connection: close"),
        request(b"GET /abc1234 HTTP/1.1", b"Connection: x, Close"),
        b"GET /abc1234 HTTP/1.0\r\n\r\n",
        b"GET /abc1234 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n",
        request(b"GET /abc1234 HTTP/1.0", b"Connection: keep-alive"),
    ],
)
async def test_last_request_ends_the_connection(
    edge: InMemoryEdge, asked: bytes
) -> None:
    """A client that ends the connection gets `close`; its later bytes are ignored."""
    client = edge.connect()
    answer = await client.send(asked + PLAIN)

    assert answer.startswith(REDIRECT)
    assert b"\r\nconnection: close\r\n" in answer
    assert answer.count(b"HTTP/1.1") == 1
    assert client.transport.is_closing()
    assert len(edge.clicks) == 1


@pytest.mark.parametrize("size", [20_000, 5_000, 1_000])
async def test_long_evidence_is_cut(edge: InMemoryEdge, size: int) -> None:
    """A long request is answered like any other, and its click is not as long."""
    header = b"User-Agent: " + b"x" * 20_000
    asked = request(b"GET /abc1234 HTTP/1.1", header)
    pieces = [asked[at : at + size] for at in range(0, len(asked), size)]

    assert (await edge.connect().send(*pieces)).startswith(REDIRECT)
    assert [len(click.user_agent) for click in edge.clicks] == [1024]


@pytest.mark.parametrize(
    ("behind", "status"),
    [
        (b"\x00\r\n\r\n", b"400"),
        (
            request(
                b"POST /a/b HTTP/1.1", b"Content-Length: 1", b"Expect: 100-continue"
            ),
            b"100",
        ),
    ],
)
async def test_answers_keep_their_order(
    edge: InMemoryEdge, behind: bytes, status: bytes
) -> None:
    """What is written at once waits for the redirects before it."""
    answers = await edge.connect().send(PLAIN + behind)

    assert answers.startswith(REDIRECT)
    assert answers.split(b"HTTP/1.1 ")[2].startswith(status)


async def test_old_clients_get_no_preliminary_answer(edge: InMemoryEdge) -> None:
    """`Expect` is not part of HTTP/1.0."""
    headers = [b"Content-Length: 1", b"Expect: 100-continue"]
    answer = await edge.connect().send(request(b"POST /a/b HTTP/1.0", *headers))
    assert answer.startswith(b"HTTP/1.1 418 ")


async def test_trailers_are_no_headers(edge: InMemoryEdge) -> None:
    """What comes behind a body cannot pretend to have stood before it."""
    head = request(b"POST /a/b HTTP/1.1", b"Transfer-Encoding: chunked")
    await edge.connect().send(head, b"0\r\nAuthorization: Bearer x\r\n\r\n")
    await edge.connect().send(head + b"0\r\nAuthorization: Bearer x\r\n\r\n")
    for scope in edge.scopes:
        assert [name for name, _ in scope["headers"]] == [
            b"host",
            b"transfer-encoding",
        ]
    assert len(edge.scopes) == 2


async def test_busy_connection_is_kept(edge: InMemoryEdge) -> None:
    """A connection that is used once per look lives as long as it is used."""
    client = edge.connect()
    for _ in range(5):
        assert await client.send(PLAIN)
        edge.timers.move(KEEP_ALIVE_SECONDS)
    assert not client.transport.is_closing()
    edge.timers.move(KEEP_ALIVE_SECONDS)
    assert client.transport.is_closing()


async def test_slow_answer_is_not_idleness(edge: InMemoryEdge) -> None:
    """A client that waits for an answer is not idle, and has time for a new request."""
    client = edge.connect()
    assert await client.send(request(b"GET /slow/page HTTP/1.1"), PLAIN) == b""
    edge.timers.move(KEEP_ALIVE_SECONDS * 5)
    assert not client.transport.is_closing()
    assert edge.backlog.joined == 0  # what is behind a slow answer costs nothing
    edge.release.set()
    assert (await client.answered()).startswith(b"HTTP/1.1 418 ")
    edge.timers.move(KEEP_ALIVE_SECONDS)
    assert not client.transport.is_closing()


async def test_head_that_is_complete_cannot_be_late(edge: InMemoryEdge) -> None:
    """A request in two pieces is answered once, with no refusal after it."""
    client = edge.connect()
    pieces = [PLAIN[:10], PLAIN[10:20], PLAIN[20:]]
    assert (await client.send(*pieces)).startswith(REDIRECT)
    edge.timers.move(REQUEST_SECONDS * 1.5)
    assert await client.answered() == b""
    assert await client.send(PLAIN)


async def test_every_slow_head_is_late(edge: InMemoryEdge) -> None:
    """The time for a head is watched again and again on one connection."""
    client = edge.connect()
    assert await client.send(PLAIN[:20], PLAIN[20:])
    await client.send(PLAIN[:20])
    edge.timers.move(REQUEST_SECONDS * 1.1)
    assert (await client.answered()).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("size", [70_000, 65_600, 200_000])
async def test_head_in_one_read_has_its_bound(edge: InMemoryEdge, size: int) -> None:
    """A head that is too long is refused, even if it is there at once."""
    asked = request(b"GET /abc1234 HTTP/1.1", b"X: " + b"x" * size)
    assert (await edge.connect().send(asked)).startswith(b"HTTP/1.1 431 ")
    assert edge.clicks == []


async def test_slow_head_is_late_however_it_trickles(edge: InMemoryEdge) -> None:
    """The time for a head begins with its first byte, not with its latest."""
    client = edge.connect()
    await client.send(PLAIN[:5])
    edge.timers.move(REQUEST_SECONDS * 0.9)
    await client.send(PLAIN[5:10])
    edge.timers.move(REQUEST_SECONDS * 0.2)
    assert (await client.answered()).startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("line", [b"GET /abc1234 HTTP/1.1", b"GET /a/page HTTP/1.1"])
async def test_who_does_not_read_is_not_read_from(
    edge: InMemoryEdge, line: bytes
) -> None:
    """While the answers lie there, no request is looked at; none is lost."""
    client = edge.connect()
    client.protocol.pause_writing()
    assert not client.transport.reads
    assert await client.send(request(line), request(line)) == b""
    assert not client.transport.reads
    assert edge.clicks == []
    client.protocol.resume_writing()
    assert (await client.answered()).count(b"HTTP/1.1 ") == 2
    assert client.transport.reads


async def test_body_that_is_not_read_stops_reading(edge: InMemoryEdge) -> None:
    """What the application has not taken yet is bounded."""
    client = edge.connect()
    head = request(b"POST /slow/page HTTP/1.1", b"Content-Length: 1000000")
    await client.send(head, b"x" * 50_000)
    assert client.transport.reads
    await client.send(b"x" * 50_000)
    assert not client.transport.reads
    edge.release.set()
    await client.answered()
    assert client.transport.reads


async def test_who_never_reads_is_let_go(edge: InMemoryEdge) -> None:
    """What waits for such a client is forgotten with its connection."""
    client = edge.connect()
    client.protocol.pause_writing()
    await client.send(PLAIN)
    edge.timers.move(KEEP_ALIVE_SECONDS * 2)
    await client.answered()
    assert client.transport.is_aborted


async def test_who_never_reads_the_last_answer_is_let_go(edge: InMemoryEdge) -> None:
    """A connection that was closed with unread answers does not stay for ever."""
    client = edge.connect()
    client.transport.protocol = None  # which would learn of the end
    await client.send(request(b"GET /abc1234 HTTP/1.1", b"Connection: close"))
    assert not client.transport.is_aborted
    edge.timers.move(KEEP_ALIVE_SECONDS * 2)
    assert client.transport.is_aborted


async def test_a_flood_has_its_share_of_a_turn(edge: InMemoryEdge) -> None:
    """However much one client sends at once, others are answered in the same turn."""
    flooding, visitor = edge.connect(), edge.connect()
    flooding.protocol.data_received(PLAIN * 5_000)
    assert len(edge.edge.recorder.recorded) <= 2
    assert not flooding.transport.reads
    for _ in range(5):
        before = len(edge.edge.recorder.recorded)
        assert (await visitor.send(PLAIN)).startswith(REDIRECT)
        assert len(edge.edge.recorder.recorded) - before <= PIECES_PER_TURN * 21
    for _ in range(20):
        await visitor.answered()
    assert len(edge.clicks) == 5_005
    assert flooding.transport.reads


async def test_floods_share_what_one_has(edge: InMemoryEdge) -> None:
    """A hundred clients that flood have no more of a turn than one."""
    clients = [edge.connect() for _ in range(100)]
    for client in clients:
        client.protocol.data_received(PLAIN * 100)
    first = len(edge.edge.recorder.recorded)
    await clients[0].answered()
    done = len(edge.edge.recorder.recorded) - first
    assert 0 < done <= PIECES_PER_TURN * 21


async def test_warm_connection_checks_every_host(edge: InMemoryEdge) -> None:
    """A connection that has been fine once may not become careless."""
    client = edge.connect()
    assert (await client.send(PLAIN, PLAIN)).count(REDIRECT) == 2
    bad = PLAIN.replace(b"Host: x", b"Host: x/y")
    assert (await client.send(bad)).startswith(b"HTTP/1.1 400 ")
    assert len(edge.clicks) == 2


@pytest.mark.parametrize("method", [b"GET", b"POST", b"HEAD"])
async def test_page_leaves_in_one_piece(edge: InMemoryEdge, method: bytes) -> None:
    """A head does not leave before its body: that would be two packets."""
    answer = await edge.connect().send(request(method + b" /a/page HTTP/1.1"))
    assert answer.startswith(b"HTTP/1.1 418 ")
    assert edge.events == ["write"]


CHUNKED = b"Transfer-Encoding: chunked"


async def test_answer_that_has_begun_is_not_continued_by_a_refusal(
    edge: InMemoryEdge,
) -> None:
    """A body that turns out to be garbage ends the connection, and nothing else."""
    client = edge.connect()
    begun = await client.send(request(b"POST /half/page HTTP/1.1", CHUNKED))
    assert begun.startswith(b"HTTP/1.1 418 ")
    assert await client.send(b"garbage\r\n") == b""
    assert client.transport.is_closing()


async def test_application_learns_that_a_body_is_garbage(edge: InMemoryEdge) -> None:
    """It does not wait for the rest, and its answer is not sent."""
    client = edge.connect()
    await client.send(request(b"POST /body/page HTTP/1.1", CHUNKED))
    answer = await client.send(b"garbage\r\n")
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1 ") == 1
    assert edge.received == ["http.disconnect"]


async def test_refused_client_has_a_moment_to_read(edge: InMemoryEdge) -> None:
    """The connection stays half open for a while, in which nothing is looked at."""
    client = edge.connect()
    assert (await client.send(b"\x00\r\n\r\n")).startswith(b"HTTP/1.1 400 ")
    assert client.transport.is_ended
    assert not client.transport.is_closing()
    for asked in (PLAIN, PLAIN + PLAIN):
        assert await client.send(asked) == b""
        assert client.transport.reads  # a client that is not read from may lose it
    edge.timers.move(LINGER_SECONDS)
    assert client.transport.is_closing()
    assert edge.clicks == []


async def test_refusals_are_logged_as_a_number(edge: InMemoryEdge) -> None:
    """However many there are, the log has one line about them at first."""
    with capture_logs() as lines:
        for _ in range(100):
            await edge.connect().send(b"\x00\r\n\r\n")
    assert [(line["event"], line["refusal"]) for line in lines] == [
        ("http.refused", "malformed-request")
    ]
