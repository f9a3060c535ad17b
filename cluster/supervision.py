"""Start again what ended by itself, less and less eagerly if it keeps ending."""

import threading
import time
from collections.abc import Callable, Collection
from dataclasses import dataclass

from cluster.servers.server import Server

_POLL_SECONDS = 0.2
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 10.0
_STEADY_SECONDS = 20.0
_LAST_WORDS = 4

Report = Callable[[str], None]
"""Gets, in a sentence, what has happened."""


@dataclass(slots=True, kw_only=True)
class _Record:
    """What is known of a server's recent ends."""

    failures: int = 0
    launched_at: float = 0.0
    again_at: float | None = None
    """When it is started again, on the monotonic clock; None while it runs."""


class Supervisor:
    """Watches servers in a thread, from `start` until `stop`.

    A server that was stopped or killed on purpose is not started again.
    """

    def __init__(
        self,
        servers: Collection[Server],
        *,
        report: Report,
        on_restart: Callable[[], None],
    ) -> None:
        self._records = {server.name: _Record() for server in servers}
        self._servers = tuple(servers)
        self._report = report
        self._on_restart = on_restart
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="supervisor")

    def start(self) -> None:
        """Begin to watch."""
        self._thread.start()

    def stop(self) -> None:
        """Watch no more; returns when nothing will be started any more."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        while not self._stopping.wait(_POLL_SECONDS):
            for server in self._servers:
                self._look_at(server, self._records[server.name])

    def _look_at(self, server: Server, record: _Record) -> None:
        code = server.exit_code
        if code is None:
            record.again_at = None
        elif record.again_at is None:
            self._note_end(server, record, code)
        elif time.monotonic() >= record.again_at:
            record.again_at, record.launched_at = None, time.monotonic()
            server.launch()
            self._on_restart()

    def _note_end(self, server: Server, record: _Record, code: int) -> None:
        steady = time.monotonic() - record.launched_at > _STEADY_SECONDS
        record.failures = 1 if steady else record.failures + 1
        if record.failures > 1:
            server.let_go()
        pause = min(
            _FIRST_PAUSE_SECONDS * 2 ** (record.failures - 1), _LONGEST_PAUSE_SECONDS
        )
        record.again_at = time.monotonic() + pause
        self._report(
            f"{server.name} ended by itself ({_ending(code)}), starting it again in "
            f"{pause:g} s. It said last:\n{server.last_words(_LAST_WORDS)}"
        )


def _ending(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
