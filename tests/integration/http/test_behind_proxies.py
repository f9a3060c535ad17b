"""Behind a proxy, no visitor gets what another one asked for.

Hostile requests and visitors' requests take turns over the few connections that a
proxy keeps. `HOSTILE_PAIRS` says how many; a change of the protocol is worth 1,000.
"""

import asyncio
import os
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from cluster.servers.programs import MissingServerError
from cluster.servers.server import Server

from tests.e2e.process import WaypostProcess
from tests.integration.http.proxies import SharingHaproxy, SharingNginx

pytestmark = pytest.mark.slow

PAIRS = int(os.environ.get("HOSTILE_PAIRS", "24"))
SIDE_BY_SIDE = 4
VISITORS = 8
SECONDS = 30
TRIES = 5

INNER = b"GET /hostile HTTP/1.1\r\nHost: a\r\nX-Swallow: "
WHOLE = b"GET /hostile HTTP/1.1\r\nHost: a\r\n\r\n"
# More than a proxy keeps in memory, so that it comes apart from its head.
LARGE = WHOLE * 600
UPGRADES = [
    b"",
    b"Connection: Upgrade\r\nUpgrade: foo\r\n",
    b"Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n",
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n"
    b"HTTP2-Settings: AAMAAABkAAQCAAAAAAIAAAAA\r\n",
    b"Connection: close, upgrade\r\nUpgrade: foo\r\n",
    b"Upgrade: foo\r\n",
]
EXTRAS = [
    b"",
    b"Expect: 100-continue\r\n",
    b"Content-Type: application/json\r\n",
    b"Transfer-Encoding: identity\r\n",
    b"Transfer-Encoding : chunked\r\n",
    b"X: a\r\n chunked\r\n",
    b"Trailer: X\r\nTE: trailers\r\n",
]
LINES = [
    b"POST /api/shorten HTTP/1.1",
    b"GET /hostile HTTP/1.1",
    b"POST /hostile HTTP/1.1",
    b"HEAD /hostile HTTP/1.1",
    b"PUT /nosuch1 HTTP/1.1",
    b"GET /health HTTP/1.1",
    b"OPTIONS /docs HTTP/1.1",
    b"POST /api/shorten HTTP/1.0",
]

Start = Callable[[Path, int], Server]
PROXIES: dict[str, Start] = {
    "nginx": lambda path, app: SharingNginx(path, app=app, is_buffering=True),
    "nginx, unbuffered": lambda path, app: SharingNginx(
        path, app=app, is_buffering=False
    ),
    "haproxy": lambda path, app: SharingHaproxy(path, app=app),
}


def target_of(visitor: int) -> str:
    """Return where a visitor's link leads."""
    return f"https://example.com/visitor/{visitor}"


@pytest.fixture(scope="module")
def waypost(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WaypostProcess]:
    """A server with a link for each visitor, and one for who means harm."""
    with WaypostProcess(tmp_path_factory.mktemp("app") / "data") as process:
        process.shorten("https://hostile.example/", "hostile")
        for visitor in range(VISITORS):
            process.shorten(target_of(visitor), f"visitor{visitor}")
        yield process


@pytest.fixture(params=PROXIES)
def proxy(
    request: pytest.FixtureRequest, waypost: WaypostProcess, tmp_path: Path
) -> Iterator[Server]:
    """A proxy in front of it."""
    with ExitStack() as stack:
        try:
            start = PROXIES[request.param]
            server = stack.enter_context(start(tmp_path, waypost.port))
        except MissingServerError as error:
            pytest.skip(str(error))
        yield server


def hostile(chance: random.Random) -> list[bytes]:
    """Return a request that tries to begin another one's, in pieces."""
    inner = chance.choice([INNER, WHOLE, WHOLE + INNER, LARGE])
    if chance.random() < 0.6:
        framing = b"Content-Length: %d\r\n" % len(inner)
        body = inner
    else:
        framing = b"Transfer-Encoding: chunked\r\n"
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (len(inner), inner)
    if chance.random() < 0.2:
        framing += b"Content-Length: 0\r\n"
    lines = [chance.choice(UPGRADES), chance.choice(EXTRAS), framing]
    chance.shuffle(lines)
    head = chance.choice(LINES) + b"\r\nHost: a\r\n" + b"".join(lines) + b"\r\n"
    if chance.random() < 0.4:
        at = chance.randrange(len(body))
        return [head, body[:at], body[at:]]
    return chance.choice([[head, body], [head + body], [head + body + WHOLE]])


async def attack(port: int, pieces: list[bytes], *, stays: bool) -> None:
    """Send *pieces* with visitors between them, and leave early or late."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with suppress(OSError):
        for piece in pieces:
            writer.write(piece)
            await writer.drain()
            await asyncio.sleep(0.002)
        if stays:
            with suppress(TimeoutError):
                await asyncio.wait_for(reader.read(1), 0.05)
    writer.close()


async def visit(port: int, visitor: int) -> None:
    """Follow a visitor's link, twice on one connection, and look where it leads.

    A proxy may close a connection without an answer when the server has just closed
    the one that it was about to use; visitors' browsers then ask again, and so do we.
    """
    for _ in range(TRIES):
        with suppress(asyncio.IncompleteReadError, ConnectionResetError):
            await follow(port, visitor)
            return
    raise AssertionError(f"visitor {visitor} got no answer {TRIES} times")


async def follow(port: int, visitor: int) -> None:
    """Follow a visitor's link on a connection of its own."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    ask = b"GET /visitor%d HTTP/1.1\r\nHost: a\r\n\r\n" % visitor
    try:
        for _ in range(2):
            writer.write(ask)
            answer = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), SECONDS)
            assert answer.startswith(b"HTTP/1.1 307 "), (visitor, answer)
            line = f"\r\nlocation: {target_of(visitor)}\r\n".encode()
            assert line in answer, (visitor, answer)
    finally:
        writer.close()


async def pairs(port: int, count: int, seed: int) -> None:
    """Let attacks and visits take turns."""
    chance = random.Random(seed)
    for number in range(count):
        pieces = hostile(chance)
        attacking = attack(port, pieces, stays=chance.random() < 0.7)
        visits = [visit(port, (number + more) % VISITORS) for more in range(2)]
        try:
            await asyncio.gather(attacking, *visits)
            await visit(port, number % VISITORS)
        except AssertionError as error:
            shown = [piece[:300] for piece in pieces]
            raise AssertionError(f"{error} during or after {shown}") from None


async def test_no_visitor_gets_anothers_answer(
    proxy: Server, waypost: WaypostProcess
) -> None:
    """With any other requests on the connections, visitors get their own links."""
    await asyncio.gather(
        *[
            pairs(proxy.port, PAIRS // SIDE_BY_SIDE, seed)
            for seed in range(SIDE_BY_SIDE)
        ]
    )
    assert waypost.is_running
