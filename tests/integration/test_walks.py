"""The table of `docs/explanation/files-on-the-way.md` names the files that run."""

import asyncio
import json
import re
import socket
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import pytest

from waypost.config import load_settings
from waypost.edge.fast.protocol import edge_protocol
from waypost.processes.running.listener import Server, server_config
from waypost.wiring.parts.backends import open_backends
from waypost.wiring.programs.app import open_application

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "explanation" / "files-on-the-way.md"
SOURCE = "src/waypost/"
WALKS = ("Hit", "Miss", "Create", "Count")
RUNS, USED = "●", "○"
ROW = re.compile(r"^\| `([^`]+)` \| [^|]+ \| (.*) \|$", re.MULTILINE)

BODY = b'{"url": "https://example.com/"}'
CREATE = (
    b"POST /api/shorten HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n%b"
) % (len(BODY), BODY)


def tabled() -> dict[str, set[str]]:
    """Return the files of each walk in the table."""
    found: dict[str, set[str]] = {walk: set() for walk in WALKS}
    for name, cells in ROW.findall(PAGE.read_text("utf-8")):
        marks = [cell.strip() for cell in cells.split("|")]
        assert set(marks) <= {RUNS, USED, ""}, f"{name}: {marks}"
        for walk, mark in zip(WALKS, marks, strict=True):
            if mark == RUNS:
                found[walk].add(name)
    return found


class Trace:
    """Notes of which files of the product functions run, in every thread."""

    def __init__(self) -> None:
        self.walks: dict[str, set[str]] = {}
        self._files: set[str] | None = None

    @contextmanager
    def noting(self, walk: str) -> Iterator[None]:
        """Note meanwhile, as the files of *walk*."""
        self._files = self.walks[walk] = set()
        try:
            yield
        finally:
            self._files = None

    def __call__(self, frame: FrameType, event: str, _arg: object) -> None:
        """Note the file of a call."""
        if self._files is not None and event == "call":
            _, _, file = frame.f_code.co_filename.rpartition(f"/{SOURCE}")
            if file != frame.f_code.co_filename:
                self._files.add(SOURCE + file)


@pytest.fixture
def trace() -> Iterator[Trace]:
    """Yield a trace of this thread, and of those that start meanwhile."""
    trace = Trace()
    before = sys.getprofile()
    threading.setprofile(trace)
    sys.setprofile(trace)
    try:
        yield trace
    finally:
        sys.setprofile(before)
        threading.setprofile(None)


async def answer_to(request: bytes, server: Server) -> tuple[bytes, bytes]:
    """Return the status line and the body of the answer, on a connection of its own."""
    (listening,) = server.servers
    reader, writer = await asyncio.open_connection(*listening.sockets[0].getsockname())
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    body = await reader.readexactly(int(length[1]) if length else 0)
    writer.close()
    while server.server_state.connections:  # noqa: ASYNC110  # a set
        await asyncio.sleep(0.01)
    return head.partition(b"\r\n")[0], body


@pytest.mark.slow
async def test_the_files_that_run_are_in_the_table(
    trace: Trace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hit, a miss, a create and a count run the files of the table, and no other."""
    monkeypatch.chdir(tmp_path)
    settings = load_settings(DATA_DIR=str(tmp_path))
    async with (
        open_backends(settings) as backends,
        open_application(settings, backends) as program,
    ):
        counting = backends.counting
        assert counting is not None, "an embedded server counts itself"
        ready = asyncio.Event()
        server = Server(
            server_config(
                program.app, stop_seconds=5, http=edge_protocol(program.options)
            ),
            on_ready=ready.set,
        )
        with socket.create_server(("127.0.0.1", 0)) as listener:
            running = asyncio.create_task(server.serve(sockets=[listener]))
            await ready.wait()
            await answer_to(CREATE, server)  # what happens once only
            await counting.drain(within=60)

            with trace.noting("Create"):
                status, body = await answer_to(CREATE, server)
            assert status.endswith(b"201 Created")
            code = json.loads(body)["short_code"]
            visit = f"GET /{code} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
            for walk in ("Miss", "Hit"):
                with trace.noting(walk):
                    status, _ = await answer_to(visit, server)
                assert status.endswith(b"307 Temporary Redirect")
            with trace.noting("Count"):
                await counting.drain(within=60)

            server.should_exit = True
            await running
    in_table = tabled()
    assert {
        walk: (sorted(files - in_table[walk]), sorted(in_table[walk] - files))
        for walk, files in trace.walks.items()
    } == dict.fromkeys(WALKS, ([], [])), "files that run only, and that are listed only"
