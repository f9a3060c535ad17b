"""The process of a server that stores its clicks for reports."""

from contextlib import suppress
from pathlib import Path

from cluster.servers.families import family

from tests.e2e.process import WaypostProcess


def rows_child(server: WaypostProcess) -> int | None:
    """Return the id of the process that stores clicks."""
    for pid in family(server.pid)[1:]:
        with suppress(OSError):
            if b"rows_child" in Path(f"/proc/{pid}/cmdline").read_bytes():
                return pid
    return None
