"""What nginx passes on again when an app fails, and what it never repeats."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from pathlib import Path

import pytest
from cluster.chaos.checks import doubtful_tries
from cluster.chaos.client import Answer, Client, UnansweredError
from cluster.servers.nginx import NginxServer
from cluster.servers.ports import HOST, free_port, free_ports
from cluster.servers.programs import MissingServerError

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
AWAY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n"
DIES = b""


class App:
    """Answers everything with the same bytes; with none it hangs up instead."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self.requests: list[bytes] = []

    async def serve(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Serve one connection."""
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                self.requests.append(head)
                writer.write(self._answer)
                if not self._answer:
                    return
        except asyncio.IncompleteReadError:
            return
        finally:
            writer.close()


@asynccontextmanager
async def listening(port: int, answer: bytes) -> AsyncIterator[App]:
    """Run an app on *port*."""
    app = App(answer)
    async with await asyncio.start_server(app.serve, HOST, port):
        yield app


@pytest.fixture
def ports() -> list[int]:
    """The ports of two apps, of which none runs yet."""
    return free_ports(2)


@pytest.fixture
def nginx(ports: list[int], tmp_path: Path) -> Iterator[NginxServer]:
    """Nginx in front of both."""
    with ExitStack() as stack:
        try:
            yield stack.enter_context(NginxServer(tmp_path, apps=ports))
        except MissingServerError as error:
            pytest.skip(str(error))


def tries_on_record(nginx: NginxServer) -> dict[str, int]:
    """Return the doubtful tries, once nginx has nothing more to write.

    It answers first.
    """
    nginx.stop()
    return doubtful_tries(nginx.tries)


async def ask(nginx: NginxServer, method: str = "GET", times: int = 1) -> list[Answer]:
    """Send requests for `/a`, one after the other."""
    async with Client(nginx.port) as client:
        return [await client.request(method, "/a") for _ in range(times)]


async def test_both_apps_get_requests(nginx: NginxServer, ports: list[int]) -> None:
    """Requests are spread; each contains the visitor's address and the host."""
    async with listening(ports[0], OK) as one, listening(ports[1], OK) as other:
        answers = await ask(nginx, times=4)
    assert [answer.body for answer in answers] == [b"ok"] * 4
    assert len(one.requests) == len(other.requests) == 2
    head = one.requests[0].lower()
    assert b"x-forwarded-for: 127.0.0.1\r\n" in head
    assert b"host: 127.0.0.1\r\n" in head


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_refused_connection_is_tried_elsewhere(
    nginx: NginxServer, ports: list[int], method: str
) -> None:
    """With one app away no request fails, not even a create."""
    async with listening(ports[1], OK) as app:
        answers = await ask(nginx, method, times=6)
    assert {answer.status for answer in answers} == {200}
    assert len(app.requests) == 6
    assert tries_on_record(nginx) == {}


async def test_a_refusal_is_tried_elsewhere(
    nginx: NginxServer, ports: list[int]
) -> None:
    """A link that one app cannot look up may be cached in the other."""
    async with listening(ports[0], AWAY), listening(ports[1], OK):
        answers = await ask(nginx, times=4)
    assert {answer.status for answer in answers} == {200}
    assert tries_on_record(nginx) == {}


async def test_a_create_is_not_repeated(nginx: NginxServer, ports: list[int]) -> None:
    """An app that took it and died may have created the link."""
    async with listening(ports[0], DIES) as one, listening(ports[1], DIES) as other:
        (answer,) = await ask(nginx, "POST")
    assert answer.status == 502
    assert len(one.requests) + len(other.requests) == 1


async def test_a_repeated_redirect_is_on_record(
    nginx: NginxServer, ports: list[int]
) -> None:
    """A visitor is sent on although an app died, and the books allow for it."""
    async with listening(ports[0], DIES) as dead, listening(ports[1], OK):
        answers = await ask(nginx, times=4)
    assert {answer.status for answer in answers} == {200}
    assert len(dead.requests) > 0
    assert tries_on_record(nginx) == {"a": len(dead.requests)}


async def test_with_no_app_there_is_an_answer_all_the_same(
    nginx: NginxServer,
) -> None:
    """No request hangs, and the apps are used again at once when they are back."""
    (answer,) = await ask(nginx)
    assert answer.status == 502
    assert tries_on_record(nginx) == {}


async def test_a_redirect_that_all_apps_died_of_is_on_record(
    nginx: NginxServer, ports: list[int]
) -> None:
    """Each of them may have counted it."""
    async with listening(ports[0], DIES), listening(ports[1], DIES):
        (answer,) = await ask(nginx)
    assert answer.status == 502
    assert tries_on_record(nginx) == {"a": 2}


async def test_the_client_knows_what_was_sent() -> None:
    """A refused connection changes nothing; a lost answer leaves it open."""
    port = free_port()
    async with Client(port) as client:
        with pytest.raises(UnansweredError) as refused:
            await client.request("GET", "/a")
        async with listening(port, DIES) as app:
            with pytest.raises(UnansweredError) as lost:
                await client.request("GET", "/a")
    assert (refused.value.sent, lost.value.sent) == (False, True)
    assert len(app.requests) == 1
