"""One terminal for all processes: every line says in colour who wrote it."""

import os
import sys
import threading
from collections.abc import Collection
from pathlib import Path
from typing import TextIO

from cluster.servers.server import Server

_POLL_SECONDS = 0.1
_COLOURS = (36, 32, 33, 35, 34, 96, 92, 93, 95, 94)
_LONGEST_READ = 262_144


class Console:
    """Prints what the cluster reports, and from `follow` on what its servers log."""

    def __init__(self, output: TextIO | None = None) -> None:
        self._output = output or sys.stdout
        self._in_colour = self._output.isatty() and "NO_COLOR" not in os.environ
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None

    def say(self, text: str) -> None:
        """Print a message of the cluster itself."""
        self._print("\n".join(f"* {line}" for line in text.splitlines()))

    def show(self, text: str) -> None:
        """Print *text* as it is."""
        self._print(text)

    def follow(self, servers: Collection[Server]) -> None:
        """Print from now on all that *servers* append to their logs."""
        logs = [
            _Log(server.log, self._label(server.name, number, servers))
            for number, server in enumerate(servers)
        ]
        self._thread = threading.Thread(
            target=self._follow, args=(logs,), name="console"
        )
        self._thread.start()

    def stop(self) -> None:
        """Print what has been logged until now, and follow no more."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join()

    def _follow(self, logs: list["_Log"]) -> None:
        while not self._stopping.wait(_POLL_SECONDS):
            self._print_new(logs)
        self._print_new(logs)

    def _print_new(self, logs: list["_Log"]) -> None:
        for log in logs:
            if lines := log.new_lines():
                self._print("\n".join(f"{log.label} {line}" for line in lines))

    def _label(self, name: str, number: int, servers: Collection[Server]) -> str:
        text = f"{name:<{max(len(server.name) for server in servers)}} |"
        if not self._in_colour:
            return text
        return f"\x1b[{_COLOURS[number % len(_COLOURS)]}m{text}\x1b[0m"

    def _print(self, text: str) -> None:
        with self._lock:
            print(text, file=self._output, flush=True)


class _Log:
    """What is new in one server's log."""

    def __init__(self, path: Path, label: str) -> None:
        self.label = label
        self._path = path
        self._read = 0

    def new_lines(self) -> list[str]:
        """Return the lines that were completed since the last call."""
        try:
            with self._path.open("rb") as log:
                log.seek(self._read)
                whole = log.read(_LONGEST_READ)
        except FileNotFoundError:
            return []
        lines, newline, _ = whole.rpartition(b"\n")
        self._read += len(lines) + len(newline)
        return lines.decode(errors="replace").splitlines()
