"""A Waypost server as a process of its own, and clients that keep score."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from email.message import Message
from pathlib import Path
from typing import Self

from cluster.servers.families import freeze_family
from cluster.servers.ports import free_port

START_SECONDS = STOP_SECONDS = ANSWER_SECONDS = 120.0
"""What hangs ends some time; on a machine that is busy with others, all is slow."""

UNTRACED = {"COVERAGE_PROCESS_CONFIG": ""}
"""Settings of a process whose lines are not noted for the coverage: that takes about
half of its time, and one that is killed does not live to write them down."""


class WaypostProcess:
    """`waypost serve`, or another command, on a free port with its own data folder."""

    health_path = "/health"
    """What answers 200 once the process is ready."""

    def __init__(
        self,
        data_dir: Path,
        *,
        settings: dict[str, str] | None = None,
        command: Sequence[str] = ("serve",),
        prefix: Sequence[str] = (),
        before_start: Callable[[], None] | None = None,
        reports: bool = False,
        traced: bool = False,
    ) -> None:
        """Plan a server; without *reports* it does not store clicks for them.

        Storing them takes a process more, and as much time again to start and to stop.
        Only where it is *traced* do its lines count as covered.
        """
        self.port = free_port()
        self.data_dir = data_dir
        self.url = f"http://127.0.0.1:{self.port}"
        self.log = data_dir.parent / f"{data_dir.name}.log"
        self.settings = settings or {}
        self._defaults = ({} if reports else {"REPORTS": "false"}) | (
            {} if traced else UNTRACED
        )
        self._command = command
        self._prefix = prefix
        self._before_start = before_start
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start the server and wait until it answers."""
        environment = {
            **os.environ,
            "HOST": "127.0.0.1",
            "PORT": str(self.port),
            "DATA_DIR": str(self.data_dir),
            "LOG_FORMAT": "json",
            **self._defaults,
            **self.settings,
        }
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [*self._prefix, sys.executable, "-m", "waypost", *self._command],
                env=environment,
                stdout=log,
                stderr=log,
                preexec_fn=self._before_start,  # noqa: PLW1509 - no threads yet
            )
        try:
            self._wait_until_it_answers()
        except BaseException:
            # Here, because `__exit__` is not called if `__enter__` fails.
            self.kill()
            raise

    def kill(self) -> None:
        """End the process as a power switch would."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Ask the process to end, and return its exit code."""
        return self._end(signal.SIGTERM)

    def freeze(self) -> None:
        """Have the process do nothing until `thaw`."""
        freeze_family(self.pid)

    def thaw(self) -> None:
        """Let it go on."""
        os.kill(self.pid, signal.SIGCONT)

    @property
    def pid(self) -> int:
        """The server's process id."""
        assert self._process is not None
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return self._process is not None and self._process.poll() is None

    def request(
        self,
        path: str,
        *,
        body: dict[str, object] | None = None,
        method: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> tuple[int, dict[str, str], bytes]:
        """Send one request, follow no redirect, and return what came back."""
        data = json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(
            self.url + path,
            data=data,
            method=method,
            headers={"Content-Type": "application/json", **(headers or {})},
        )
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), _NoRedirects
        )
        try:
            with opener.open(request, timeout=ANSWER_SECONDS) as answer:
                return answer.status, _headers(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, _headers(error.headers), error.read()

    def shorten(self, url: str, custom_code: str | None = None) -> str:
        """Create a link and return its code."""
        status, _, body = self.request(
            "/api/shorten", body={"url": url, "custom_code": custom_code}
        )
        assert status == 201, body
        code: str = json.loads(body)["short_code"]
        return code

    def clicks(self, code: str) -> int:
        """Return the clicks that the statistics report for *code*."""
        status, _, body = self.request(f"/api/stats/{code}")
        assert status == 200, body
        clicks: int = json.loads(body)["clicks"]
        return clicks

    def settled_clicks(self, code: str, *, at_least: int) -> int:
        """Return the clicks of *code* as `all_settled_clicks` does."""
        return self.all_settled_clicks({code: at_least})[code]

    def all_settled_clicks(self, at_least: Mapping[str, int]) -> dict[str, int]:
        """Return the clicks of codes once no count moves any more.

        Counts that are smaller than *at_least* are waited for, as long as a test may
        take.
        """
        before: dict[str, int] = {}
        now = {code: self.clicks(code) for code in at_least}
        while before != now or any(now[code] < at_least[code] for code in now):
            time.sleep(0.3)
            before, now = now, {code: self.clicks(code) for code in now}
        return now

    def metric(self, name: str) -> float:
        """Return the value of the metric whose line begins with *name* and a blank."""
        _, _, body = self.request("/metrics")
        for line in body.decode().splitlines():
            if line.startswith(name + " "):
                return float(line.rsplit(" ", 1)[1])
        raise AssertionError(f"no metric {name}")

    def log_events(self) -> list[dict[str, object]]:
        """Return what the process has logged so far."""
        return [json.loads(line) for line in self.log.read_text().splitlines()]

    def _end(self, number: signal.Signals) -> int:
        assert self._process is not None
        if self._process.poll() is None:
            self._process.send_signal(number)
        try:
            return self._process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
            raise

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            assert self.is_running, self.log.read_text()
            with suppress(OSError):
                if self.request(self.health_path)[0] == 200:
                    return
            time.sleep(0.02)
        raise AssertionError(f"no answer in time: {self.log.read_text()}")


def _headers(message: Message) -> dict[str, str]:
    return {name.lower(): value for name, value in message.items()}


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: object) -> None:
        """Leave redirects to the test."""


class Visitor:
    """Follows one link over one connection as fast as it can, and keeps score.

    A request that the server's death leaves unanswered is in doubt: its click may
    have been recorded just before. Everything else is certain.
    """

    def __init__(self, code: str) -> None:
        self.code = code
        self.answered = 0
        self.in_doubt = 0

    async def visit(self, port: int, until: asyncio.Event) -> None:
        """Follow the link until stopped, or until the server dies."""
        ask = f"GET /{self.code} HTTP/1.1\r\nHost: x\r\nUser-Agent: t\r\n\r\n".encode()
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return
        try:
            while not until.is_set():
                writer.write(ask)
                self.in_doubt += 1
                answer = await reader.readuntil(b"\r\n\r\n")
                assert answer.startswith(b"HTTP/1.1 307 "), answer
                self.in_doubt -= 1
                self.answered += 1
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()
