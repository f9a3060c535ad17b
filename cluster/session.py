"""A cluster for as long as a command runs: nothing of it is left behind."""

import signal
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from cluster.console import Console
from cluster.folders import DataFolder
from cluster.local import Cluster
from cluster.register import Entry

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A running cluster, and where its data are."""

    cluster: Cluster
    folder: DataFolder


@contextmanager
def session(
    console: Console,
    *,
    keep: Path | None,
    port: int | None,
    show_logs: bool,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Session]:
    """Run a cluster on the folder *keep*, or on one that is removed at the end.

    Ctrl-C and SIGTERM raise KeyboardInterrupt, once. *port* is nginx's; *settings* are
    those of Waypost's processes that differ from the usual ones.

    Raises:
        MissingServerError: Something is not installed.
        ServerFailedError: Something did not start.
    """
    for number in _SIGNALS:
        signal.signal(number, _interrupt)
    folder = DataFolder(keep)
    entry = Entry(folder.path, temporary=folder.temporary)
    try:
        cluster = Cluster(
            folder.path,
            port=port,
            settings=settings,
            report=console.say,
            on_change=lambda: entry.write(cluster.processes.values()),
        )
        if show_logs:
            console.follow(cluster.processes.values())
        cluster.start()
        try:
            yield Session(cluster=cluster, folder=folder)
        finally:
            _let_nothing_interrupt()
            console.say("Stopping everything.")
            cluster.stop()
    finally:
        console.stop()
        entry.remove()
        folder.remove()


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    _let_nothing_interrupt()
    raise KeyboardInterrupt


def _let_nothing_interrupt() -> None:
    # Stopping must not be stopped halfway; it takes seconds at most.
    for number in _SIGNALS:
        signal.signal(number, signal.SIG_IGN)
