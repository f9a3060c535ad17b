"""A stranger's first minutes: shorten, follow, look at the statistics."""

import http.server
import json
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.process import WaypostProcess

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WaypostProcess]:
    """One running server for the tests of this module."""
    folder = tmp_path_factory.mktemp("first") / "data"
    with WaypostProcess(folder, reports=True) as server:
        yield server


class _Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b"<!doctype html><title>target</title><p>you have arrived</p>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Keep quiet."""


@pytest.fixture(scope="module")
def target() -> Iterator[str]:
    """A page on this machine that a short link can lead to."""
    page = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Page)
    thread = threading.Thread(target=page.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{page.server_port}/page"
    page.shutdown()
    page.server_close()


def test_shorten_follow_count(server: WaypostProcess) -> None:
    """The contract from end to end: create, redirect, statistics."""
    status, _, body = server.request(
        "/api/shorten", body={"url": "https://example.com/a?b=c", "custom_code": None}
    )
    link = json.loads(body)
    followed = server.request(f"/{link['short_code']}?utm=1")
    _, _, stats = server.request(f"/api/stats/{link['short_code']}")

    assert status == 201
    assert link.keys() == {
        "id",
        "short_code",
        "original_url",
        "short_url",
        "clicks",
        "created_at",
        "updated_at",
    }
    assert len(link["short_code"]) == 7
    assert link["original_url"] == "https://example.com/a?b=c"
    assert followed[0] == 307
    assert followed[1]["location"] == "https://example.com/a?b=c"
    assert json.loads(stats) == {**link, "clicks": 1}


def test_client_that_waits_for_leave_to_send_gets_it(server: WaypostProcess) -> None:
    """`Expect: 100-continue`, as curl sends it with long bodies."""
    body = json.dumps({"url": "https://example.com/leave"}).encode()
    head = (
        "POST /api/shorten HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        "Expect: 100-continue\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as client:
        client.sendall(head.encode())
        leave = client.recv(1_000)
        client.sendall(body)
        answer = client.recv(10_000)

    assert leave == b"HTTP/1.1 100 Continue\r\n\r\n"
    assert answer.startswith(b"HTTP/1.1 201 Created\r\n")


def test_every_click_is_in_the_statistics_at_once(server: WaypostProcess) -> None:
    """Statistics right after a click include the click."""
    code = server.shorten("https://example.com/at-once")
    for number in range(1, 6):
        server.request(f"/{code}")

        assert server.clicks(code) == number


def test_absence_ends_when_the_code_is_created(server: WaypostProcess) -> None:
    """A printed link that was tried too early works the moment it is created."""
    assert server.request("/poster2026")[0] == 404
    server.shorten("https://example.com/poster", "poster2026")

    assert server.request("/poster2026")[0] == 307


def test_restart_keeps_everything(tmp_path: Path) -> None:
    """Links and counts survive an orderly restart, and no code comes twice."""
    with WaypostProcess(tmp_path / "data") as server:
        first = server.shorten("https://example.com/1")
        server.request(f"/{first}")
        assert server.stop() == 0
        server.start()
        second = server.shorten("https://example.com/2")
        server.request(f"/{first}")

        assert first != second
        assert server.clicks(first) == 2


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt install chromium")
def test_browser_arrives_and_is_counted(
    server: WaypostProcess, target: str, tmp_path: Path
) -> None:
    """A real browser follows the link to its target, and the click is counted."""
    code = server.shorten(target)
    page = _browse(f"{server.url}/{code}", tmp_path)

    assert "you have arrived" in page
    assert server.clicks(code) == 1


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt install chromium")
def test_browser_gets_a_page_for_unknown_codes(
    server: WaypostProcess, tmp_path: Path
) -> None:
    """People who mistype a link read a sentence, not JSON."""
    page = _browse(f"{server.url}/mistyped", tmp_path)

    assert "There is no such short link" in page


@pytest.mark.slow
@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium: apt install chromium")
def test_browser_shows_the_reference(server: WaypostProcess, tmp_path: Path) -> None:
    """Its scripts and styles run under its policy, which stops nothing of them."""
    page = _browse(
        f"{server.url}/docs#/keys/me", tmp_path, "--virtual-time-budget=20000"
    )

    assert "/api/v1/me" in page.partition('id="errors"')[0]
    assert "Authorize" in page
    assert "Search calls" in page


def _browse(url: str, profile: Path, *more: str) -> str:
    """Return a page as a browser has it in the end; its console has no complaint."""
    assert CHROMIUM is not None
    flags = (
        "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run "
        "--disable-background-networking --disable-component-update --disable-sync "
        "--enable-logging=stderr"
    )
    command = [
        CHROMIUM,
        *flags.split(),
        *more,
        f"--user-data-dir={profile}",
        "--dump-dom",
        url,
    ]
    browser = subprocess.run(command, capture_output=True, timeout=300, check=True)
    assert b"Content Security Policy" not in browser.stderr
    return browser.stdout.decode()
