"""Every HTTP face of the product reads bodies as bodies, and serves honest clients."""

import asyncio
import re
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.e2e.process import WaypostProcess
from tests.integration.edge.conftest import serving as edge_serving
from tests.keygen import serving as keygen_serving
from waypost.adapters.memory.blocks import MemoryBlocks
from waypost.keygen.app import KeygenApp
from waypost.keygen.health import KeygenHealth
from waypost.processes.running.monitoring import monitoring
from waypost.telemetry.metrics import Metrics

INNER = b"GET /livez?inner HTTP/1.1\r\nHost: a\r\n\r\n"
UPGRADES = [
    b"Connection: Upgrade\r\nUpgrade: foo\r\n",
    b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n",
    b"Connection: upgrade\r\nUpgrade: websocket\r\nExpect: 100-continue\r\n",
]


async def _fine() -> None:
    """Answer."""


@asynccontextmanager
async def edge() -> AsyncIterator[int]:
    """Run an edge."""
    async with edge_serving() as server:
        yield server.port


@asynccontextmanager
async def keygen() -> AsyncIterator[int]:
    """Run a keygen."""
    app = KeygenApp(
        blocks=MemoryBlocks(),
        health=KeygenHealth(database=_fine, nodes=()),
        block_size=1000,
        metrics=Metrics(),
        request_timeout_seconds=5,
    )
    async with keygen_serving(app) as url:
        yield int(url.rpartition(":")[2])


@asynccontextmanager
async def monitor() -> AsyncIterator[int]:
    """Run a monitor."""
    async with monitoring(
        host="127.0.0.1", port=0, metrics=Metrics(), checks={}
    ) as port:
        yield port


FACES = [edge, keygen, monitor]


async def statuses(port: int, *pieces: bytes) -> list[bytes]:
    """Send *pieces* apart, end, and return the status of each final answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    # Each piece in a packet of its own.
    writer.get_extra_info("socket").setsockopt(
        socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
    )
    for piece in pieces:
        writer.write(piece)
        await writer.drain()
        await asyncio.sleep(0.05)
    writer.write(b"GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    answered = await reader.read()
    writer.close()
    found = re.findall(rb"HTTP/1\.1 (\d{3}) ", answered)
    return [status for status in found if status != b"100"]


@pytest.mark.slow
@pytest.mark.parametrize("face", FACES)
@pytest.mark.parametrize("upgrade", UPGRADES)
@pytest.mark.parametrize("is_late", [False, True])
async def test_a_body_is_never_a_request(
    face: object, upgrade: bytes, *, is_late: bool
) -> None:
    """Two requests get two answers, for any body and headers of the first."""
    head = b"POST /allocate HTTP/1.1\r\nHost: a\r\n%sContent-Length: %d\r\n\r\n"
    first = head % (upgrade, len(INNER))
    pieces = [first, INNER] if is_late else [first + INNER]
    async with face() as port:  # type: ignore[operator]  # one of FACES
        assert len(await statuses(port, *pieces)) == 2


@pytest.mark.parametrize("face", FACES)
async def test_no_tunnel_is_opened(face: object) -> None:
    """CONNECT is refused, and what is sent through it is not looked at."""
    tunnel = b"CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n"
    async with face() as port:  # type: ignore[operator]  # one of FACES
        assert await statuses(port, tunnel + INNER) == [b"405"]


@pytest.fixture(scope="module")
def waypost(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WaypostProcess]:
    """The whole product."""
    with WaypostProcess(tmp_path_factory.mktemp("faces") / "data") as process:
        yield process


@pytest.mark.slow
def test_curl_that_offers_http2_creates_a_link(waypost: WaypostProcess) -> None:
    """`curl --http2 --json` offers an upgrade with its body."""
    curl = shutil.which("curl")
    if curl is None:
        pytest.skip("curl is missing; it comes with Debian's curl")
    body = '{"url": "https://example.com/", "custom_code": "curlhttp2"}'
    url = f"{waypost.url}/api/shorten"
    headers = ["-H", "Content-Type: application/json"]
    done = subprocess.run(
        [curl, "-sS", "--http2", *headers, "--data", body, "-w", "%{http_code}", url],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.endswith("201"), done.stdout
    assert waypost.request("/curlhttp2")[0] == 307


_JAVA = """
import java.net.URI;
import java.net.http.*;

public class Shorten {
    public static void main(String[] arguments) throws Exception {
        var body = HttpRequest.BodyPublishers.ofString(arguments[1]);
        var request = HttpRequest.newBuilder(URI.create(arguments[0]))
            .header("Content-Type", "application/json").POST(body).build();
        var answer = HttpClient.newHttpClient()
            .send(request, HttpResponse.BodyHandlers.ofString());
        System.out.println(answer.statusCode());
    }
}
"""


@pytest.mark.slow
def test_javas_client_creates_a_link(waypost: WaypostProcess, tmp_path: Path) -> None:
    """Java's HttpClient, as it is by default, offers an upgrade to HTTP/2."""
    java = shutil.which("java")
    if java is None or shutil.which("javac") is None:
        pytest.skip("a JDK is missing; it comes with Debian's default-jdk-headless")
    source = tmp_path / "Shorten.java"
    source.write_text(_JAVA)
    body = '{"url": "https://example.com/", "custom_code": "javahttp2"}'
    done = subprocess.run(
        [java, str(source), f"{waypost.url}/api/shorten", body],
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    assert done.stdout.strip() == "201"
    assert waypost.request("/javahttp2")[0] == 307
