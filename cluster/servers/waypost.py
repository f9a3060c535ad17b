"""Waypost's own processes."""

import os
import sys
from collections.abc import Mapping
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from cluster.servers.families import family
from cluster.servers.ports import HOST
from cluster.servers.server import Server

_WAYPOST = (sys.executable, "-m", "waypost")
# Nothing else gets in: somebody's DATABASE_URL would be a bad surprise here.
_KEPT_FROM_OURS = ("PATH", "PYTHONPATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV")
_MEASURES = ("COVERAGE_", "COV_")


class WaypostProcess(Server):
    """One `waypost run` process; it listens on `port`, be it for visitors or metrics.

    *settings* are its environment variables besides the port and the data folder.
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

    @property
    def url(self) -> str:
        """Where it listens, without a slash at the end."""
        return f"http://{HOST}:{self.port}"

    @property
    def children(self) -> list[int]:
        """The processes that it started itself, now."""
        return family(self.pid)[1:] if self.is_running and self.pid else []

    def command(self) -> list[str]:
        """Return `waypost run` and the role."""
        return [*_WAYPOST, "run", self.role]

    def environment(self) -> dict[str, str]:
        """Return its settings and what any program needs."""
        return clean_environment() | {
            **self._settings,
            "HOST": HOST,
            "PORT": str(self.port),
            "METRICS_PORT": str(self.port),
            "DATA_DIR": str(self.folder / "data"),
        }

    def answers(self) -> bool:
        """Tell whether it calls itself ready."""
        return self.status("/readyz") == 200

    def status(self, path: str) -> int:
        """Return the status that it answers *path* with, 0 if it does not."""
        connection = HTTPConnection(HOST, self.port, timeout=1)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except (OSError, HTTPException):
            return 0
        finally:
            connection.close()


def migrate_command() -> list[str]:
    """Return the command that brings the database to this release's schema."""
    return [*_WAYPOST, "migrate"]


def clean_environment() -> dict[str, str]:
    """Return our environment without anything that sets up Waypost."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in _KEPT_FROM_OURS or name.startswith(_MEASURES)
    }
