"""What runs from this working copy, so that another terminal can stop it.

Each run has a file with the ids and start times of its processes: an id alone may
have been given to another process since.
"""

import json
import os
import shutil
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from cluster.servers.families import is_alive, kill_family, started_at
from cluster.servers.server import Server

FOLDER_PREFIX = "waypost-cluster-"
"""What the names of the folders begin with that are removed with their cluster."""

REGISTER = Path(__file__).parents[1] / ".cache" / "cluster"
"""Where the files are."""
_STOP_SECONDS = 90.0


class Entry:
    """One run's file; *folder* is removed with it if it is *temporary*."""

    def __init__(
        self, folder: Path, *, temporary: bool, register: Path = REGISTER
    ) -> None:
        self._folder = folder
        self._temporary = temporary
        self._path = register / f"{os.getpid()}.json"

    def write(self, servers: Iterable[Server]) -> None:
        """Say which processes run now."""
        pids = {server.name: server.pid for server in servers}
        content = {
            "owner": _identity(os.getpid()),
            "processes": {name: _identity(pid) for name, pid in pids.items() if pid},
            "folder": str(self._folder) if self._temporary else None,
        }
        self._path.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._path.with_suffix(".new")
        fresh.write_text(json.dumps(content, indent=2))
        fresh.replace(self._path)

    def remove(self) -> None:
        """Say that nothing runs any more."""
        self._path.unlink(missing_ok=True)


def take_down(*, register: Path = REGISTER) -> Iterator[str]:
    """Stop every run of this working copy; yield what was done, a line each."""
    for path in sorted(register.glob("*.json")):
        entry = json.loads(path.read_text())
        pid = entry["owner"]["pid"]
        if _ask_owner(entry["owner"]):
            yield f"The cluster of process {pid} has stopped."
        for name, process in entry["processes"].items():
            if _is_there(process):
                _wait_until_gone(kill_family(process["pid"]))
                yield f"{name} was left over from process {pid}, and is killed."
        _remove_folder(entry["folder"])
        path.unlink(missing_ok=True)


def _identity(pid: int) -> dict[str, int | str]:
    return {"pid": pid, "started": started_at(pid)}


def _is_there(process: dict[str, int | str]) -> bool:
    return started_at(int(process["pid"])) == process["started"] != ""


def _ask_owner(owner: dict[str, int | str]) -> bool:
    """Ask a run's owner to end, and wait for it; false if it is gone already."""
    if not _is_there(owner):
        return False
    with suppress(ProcessLookupError):
        os.kill(int(owner["pid"]), signal.SIGTERM)
    deadline = time.monotonic() + _STOP_SECONDS
    while _is_there(owner) and time.monotonic() < deadline:
        time.sleep(0.1)
    if _is_there(owner):
        kill_family(int(owner["pid"]))
    return True


def _wait_until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + _STOP_SECONDS
    while any(map(is_alive, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)


def _remove_folder(folder: str | None) -> None:
    # The name is checked, for nothing else may ever be removed.
    if folder and Path(folder).name.startswith(FOLDER_PREFIX):
        shutil.rmtree(folder, ignore_errors=True)
