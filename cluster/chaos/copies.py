"""Copies of apps' data folders, and processes that run on them.

An operator clones a volume, or brings an older copy of it back: two processes then
hold the same clicks, and each records new ones.
"""

import asyncio
import itertools
import shutil
from collections.abc import Callable
from pathlib import Path

from cluster.local import Cluster
from cluster.servers.waypost import WaypostProcess

MOST_COPIES = 3
"""Each is a process that runs until the end, because its clicks may be nowhere else."""


class Copies:
    """The copies of a run; *on_new* is called with the port of each new process."""

    def __init__(self, cluster: Cluster, *, on_new: Callable[[int], None]) -> None:
        self._cluster = cluster
        self._on_new = on_new
        self._older = cluster.folder / "older"
        self._numbers = itertools.count(1)
        self._left = MOST_COPIES

    def clone(self, app: WaypostProcess) -> WaypostProcess | None:
        """Kill *app* and give a new process a copy of its data folder.

        None: there are enough copies. Neither process is started.
        """
        app.kill()
        if (copy := self._new_process(app)) is None:
            return None
        shutil.copytree(_data(app), _data(copy))
        self._keep(app)
        return copy

    def restore(self, app: WaypostProcess) -> WaypostProcess | None:
        """Kill *app*, give it an older data folder, and a new process its own.

        The older folder is a copy made by the last call; the first time it is empty.
        None: as `clone`.
        """
        app.kill()
        if (copy := self._new_process(app)) is None:
            return None
        shutil.copytree(_data(app), _data(copy))
        shutil.rmtree(_data(app))
        if (older := self._older / app.name).exists():
            shutil.copytree(older, _data(app))
        self._keep(copy, name=app.name)
        return copy

    async def launch(self, copy: WaypostProcess) -> None:
        """Start the new process, and let visitors come to it."""
        await asyncio.to_thread(self._cluster.launch_beside, copy)
        self._on_new(copy.port)

    def _new_process(self, app: WaypostProcess) -> WaypostProcess | None:
        if not self._left:
            return None
        self._left -= 1
        name = f"{app.name}-copy-{next(self._numbers)}"
        return WaypostProcess(
            self._cluster.folder / name,
            name=name,
            role=app.role,
            settings=self._cluster.topology.settings,
        )

    def _keep(self, process: WaypostProcess, *, name: str | None = None) -> None:
        older = self._older / (name or process.name)
        shutil.rmtree(older, ignore_errors=True)
        shutil.copytree(_data(process), older)


def _data(process: WaypostProcess) -> Path:
    return process.folder / "data"
