"""Waypost's own processes."""

import os
import socket
import sys
from collections.abc import Mapping
from pathlib import Path

from cluster.servers.families import family
from cluster.servers.http import status_of
from cluster.servers.ports import HOST
from cluster.servers.server import Server

_WAYPOST = (sys.executable, "-m", "waypost")
# No other variable: a DATABASE_URL of the user must not be used here.
_KEPT_FROM_OURS = ("PATH", "PYTHONPATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV")

_LISTENS = frozenset({"app", "edge", "keygen"})
"""The roles that clients wait for; their listening socket is held for them."""
_BACKLOG = 2048
# A socket is always handed down as number 3, not under its number here: under
# another one, Waypost would not keep it from its own children.
_LAUNCH = """
import os, sys
held = int(sys.argv[1])
if held != 3:
    os.dup2(held, 3)
    os.close(held)
os.execv(sys.argv[2], sys.argv[2:])
"""


class WaypostProcess(Server):
    """One `waypost run` process; it listens on `port`, be it for visitors or metrics.

    *settings* are its environment variables besides the port and the data folder.
    Its listening socket is made here and handed down, so that connections wait in it
    during `restart`. Once it is stopped or killed they are refused.
    """

    def __init__(
        self,
        folder: Path,
        *,
        name: str,
        role: str,
        settings: Mapping[str, str],
        port: int | None = None,
    ) -> None:
        super().__init__(folder, name=name, port=port)
        self.role = role
        self._settings = dict(settings)
        self._listener: socket.socket | None = None

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://{HOST}:{self.port}"

    @property
    def children(self) -> list[int]:
        """The processes that it started itself, now."""
        return family(self.pid)[1:] if self.is_running and self.pid else []

    def launch(self) -> None:
        """Start without waiting; nothing happens if it runs already.

        Raises:
            OSError: Another program has its port.
        """
        if self.role in _LISTENS and self._listener is None and not self.is_running:
            self._listener = socket.create_server((HOST, self.port), backlog=_BACKLOG)
        super().launch()

    def restart(self) -> None:
        """Stop it, start it again and wait until it answers; no connection is refused.

        Raises:
            ServerFailedError: As `start`.
        """
        held, self._listener = self._listener, None
        self.stop()
        self._listener = held
        self.start()

    def ask_to_stop(self) -> None:
        """Ask it to stop, and do not wait; `stop` does, without asking again."""
        self.let_go()
        super().ask_to_stop()

    def kill(self) -> None:
        """End it and all its children as a power switch would, and wait for that."""
        self.let_go()
        super().kill()

    def let_go(self) -> None:
        """Have connections refused while it does not run, so that others get them."""
        if self._listener is not None:
            self._listener.close()
            self._listener = None

    def command(self) -> list[str]:
        """Return `waypost run` and the role."""
        command = [*_WAYPOST, "run", self.role]
        if self._listener is None:
            return command
        return [
            sys.executable,
            "-ISc",
            _LAUNCH,
            *map(str, self.handed_down()),
            *command,
        ]

    def handed_down(self) -> tuple[int, ...]:
        """Return its listening socket, if it has one."""
        return () if self._listener is None else (self._listener.fileno(),)

    def environment(self) -> dict[str, str]:
        """Return its settings and what any program needs."""
        return clean_environment() | {
            **self._settings,
            **({"LISTEN_FDS": "1"} if self._listener is not None else {}),
            "HOST": HOST,
            "PORT": str(self.port),
            "METRICS_PORT": str(self.port),
            "DATA_DIR": str(self.folder / "data"),
        }

    def answers(self) -> bool:
        """Return whether it calls itself ready."""
        return self.status("/readyz") == 200

    def status(self, path: str) -> int:
        """Return the status that it answers *path* with, 0 if it does not."""
        return status_of(self.port, path)


def migrate_command() -> list[str]:
    """Return the command that brings the database to this release's schema."""
    return [*_WAYPOST, "migrate"]


def clean_environment() -> dict[str, str]:
    """Return our environment without anything that sets up Waypost."""
    return {
        name: value for name, value in os.environ.items() if name in _KEPT_FROM_OURS
    }
