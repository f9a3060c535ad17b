"""No link can lead back to the server, under any name of the server."""

import json
import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.process import WaypostProcess

ADMIN_TOKEN = "the admin token of this test"
LOOPBACK = [
    "localhost",
    "LocalHost.",
    "a.b.localhost",
    "127.0.0.1",
    "127.8.9.10",
    "127.1",
    "2130706433",
    "0x7f.1",
    "0177.0.0.1",
    "0.0.0.0",
    "0",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
]


def own_addresses() -> set[str]:
    """Return the IPv4 addresses of this machine, as the kernel lists them."""
    table = Path("/proc/net/fib_trie").read_text()
    return set(re.findall(r"\|-- (\S+)\n\s+/32 host LOCAL", table))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WaypostProcess]:
    """A server behind a proxy, which has two public names."""
    settings = {
        "BASE_URL": "https://go.example.com",
        "OWN_HOSTS": "bücher.example, edge.internal:8100",
        "ADMIN_TOKEN": ADMIN_TOKEN,
        "PUBLIC_CREATION": "true",
    }
    data_dir = tmp_path_factory.mktemp("loops") / "data"
    with WaypostProcess(data_dir, settings=settings) as server:
        server.shorten("https://example.com/", "elsewhere")
        yield server


def refusal_of(server: WaypostProcess, target: str) -> set[str | int]:
    """Return the codes of the refusals to lead to *target*, created and changed."""
    created = server.request("/api/shorten", body={"url": target})
    changed = server.request(
        "/api/v1/links/elsewhere",
        body={"url": target},
        method="PATCH",
        headers={"Authorization": f"Bearer {ADMIN_TOKEN}"},
    )
    return {
        status if status < 300 else json.loads(body)["code"]
        for status, _, body in (created, changed)
    }


def test_by_address(server: WaypostProcess) -> None:
    """No notation of a loopback address or of an own address leads to the server."""
    for host in {*LOOPBACK, *own_addresses(), socket.gethostname()}:
        target = f"http://{host}:{server.port}/elsewhere"
        assert refusal_of(server, target) == {"target-own-link"}, target


def test_by_public_name(server: WaypostProcess) -> None:
    """No public name leads to it, over HTTP or HTTPS, nor do other own servers."""
    for target in (
        "https://go.example.com/x",
        "http://GO.Example.com./x",
        "https://go.example.com:443",
        f"http://go.example.com:{server.port}/x",
        "https://xn--bcher-kva.example/x",
        "http://BÜCHER.example/x",
        "http://edge.internal:8100/x",
        "http://127.0.0.1/x",
    ):
        assert refusal_of(server, target) == {"target-own-link"}, target


def test_other_servers_of_this_machine(server: WaypostProcess) -> None:
    """A developer may link to another port of the machine, and to similar names."""
    for target in (
        "http://localhost:3000/",
        "http://127.0.0.1:3000/",
        "https://www.go.example.com/",
        "https://go.example.com:8443/",
        "http://192.0.2.1/",
    ):
        assert refusal_of(server, target) == {201, 200}, target


def test_a_name_that_is_none(tmp_path: Path) -> None:
    """A wrong name among the own ones ends the start with a sentence that names it."""
    server = WaypostProcess(tmp_path / "data", settings={"OWN_HOSTS": "a b"})
    with pytest.raises(AssertionError, match="OWN_HOSTS is wrong"), server:
        pass
