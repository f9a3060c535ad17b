"""Calling the command line, and the servers that it talks to."""

import http.server
import logging
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from io import BytesIO, TextIOWrapper
from pathlib import Path
from typing import NamedTuple, Protocol

import pytest
import structlog

from tests.e2e.process import WaypostProcess
from waypost.cli import main
from waypost.config import Settings


class Outcome(NamedTuple):
    """How a command ended, and what it wrote."""

    code: int
    stdout: str
    stderr: str


class Command(Protocol):
    """Calls `waypost` with arguments, bytes on stdin and environment variables."""

    def __call__(
        self, *arguments: str, stdin: bytes = b"", **environment: str
    ) -> Outcome:
        """Return how the call ended."""
        ...


@pytest.fixture
def clean(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An empty working folder, and no settings from outside."""
    monkeypatch.chdir(tmp_path)
    # Sentences are looked for as a whole.
    monkeypatch.setenv("COLUMNS", "1000")
    for name in (*Settings.model_fields, "WAYPOST_SERVER"):
        monkeypatch.delenv(name, raising=False)
    # Those who run the tests may be logged in to a server.
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


@pytest.fixture
def logs() -> Iterator[None]:
    """Logging as it was, for the next test."""
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    yield
    root.handlers, root.level = handlers, level
    logging.captureWarnings(capture=False)
    structlog.reset_defaults()


@pytest.fixture
def waypost(
    clean: None,
    logs: None,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Command:
    """The command line, called in this process: quick, and counted as covered."""

    def call(*arguments: str, stdin: bytes = b"", **environment: str) -> Outcome:
        with monkeypatch.context() as here:
            here.setattr("sys.stdin", TextIOWrapper(BytesIO(stdin)))
            for name, value in environment.items():
                here.setenv(name, value)
            with pytest.raises(SystemExit) as end:
                main(arguments)
        written = capsys.readouterr()
        return Outcome(int(end.value.code or 0), written.out, written.err)

    return call


@pytest.fixture
def waypost_process(clean: None) -> Command:
    """The command line as a process of its own."""

    def call(*arguments: str, stdin: bytes = b"", **environment: str) -> Outcome:
        ended = subprocess.run(
            [sys.executable, "-m", "waypost", *arguments],
            input=stdin,
            capture_output=True,
            env={**os.environ, **environment},
            timeout=300,
            check=False,
        )
        return Outcome(ended.returncode, ended.stdout.decode(), ended.stderr.decode())

    return call


@pytest.fixture(scope="package")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WaypostProcess]:
    """One running server for all tests of the command line."""
    with WaypostProcess(tmp_path_factory.mktemp("cli") / "data") as server:
        yield server


@pytest.fixture
def database(waypost: Command, tmp_path: Path) -> Path:
    """A migrated database in the default place, without a server."""
    assert waypost("migrate").code == 0
    return tmp_path / "data" / "waypost.db"


Stranger = Callable[[int, bytes], str]


@pytest.fixture
def stranger() -> Iterator[Stranger]:
    """Start a server that answers everything with one status and body."""
    servers: list[http.server.ThreadingHTTPServer] = []

    def start(status: int, body: bytes) -> str:
        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.do_GET()

            def log_message(self, *args: object) -> None:
                """Keep quiet."""

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()
