"""The listening socket of a Waypost process: held while it restarts, and only then."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path

import pytest
from cluster.servers.ports import HOST, accepts
from cluster.servers.waypost import WaypostProcess

pytestmark = pytest.mark.slow

TRANSFER_SECONDS = 120.0


@pytest.fixture
def edge(migrated_postgres_url: str, tmp_path: Path) -> Iterator[WaypostProcess]:
    """A running process."""
    settings = {"DATABASE_URL": migrated_postgres_url}
    with WaypostProcess(
        tmp_path, name="edge", role="edge", settings=settings
    ) as process:
        yield process


class Asking(threading.Thread):
    """Asks again and again, over a new connection each time, and waits for answers."""

    def __init__(self, port: int) -> None:
        super().__init__()
        self.statuses: list[int] = []
        self.refusals = 0
        self._port = port
        self._stopping = threading.Event()

    def run(self) -> None:
        """Ask until stopped."""
        while not self._stopping.is_set():
            connection = HTTPConnection(HOST, self._port, timeout=TRANSFER_SECONDS)
            try:
                connection.request("GET", "/livez")
                self.statuses.append(connection.getresponse().status)
            except OSError:
                self.refusals += 1
            finally:
                connection.close()

    def stop(self) -> None:
        """Return when it has its last answer."""
        self._stopping.set()
        self.join()


def test_no_request_is_refused_during_a_restart(edge: WaypostProcess) -> None:
    """Connections wait for the next process."""
    before = edge.pid
    asking = Asking(edge.port)
    asking.start()
    edge.restart()
    asking.stop()
    assert edge.pid != before
    assert asking.refusals == 0
    assert set(asking.statuses) == {200}


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_connections_are_refused_while_it_is_away(
    edge: WaypostProcess, end: str
) -> None:
    """A proxy in front of it uses another process at once."""
    getattr(edge, end)()
    assert not accepts(edge.port)
    edge.start()
    assert edge.status("/livez") == 200


def test_connections_wait_for_one_that_died(edge: WaypostProcess) -> None:
    """They do until it is known whether it comes back."""
    assert edge.pid is not None
    os.kill(edge.pid, signal.SIGKILL)
    deadline = time.monotonic() + TRANSFER_SECONDS
    while edge.is_running:
        assert time.monotonic() < deadline
        time.sleep(0.01)
    assert accepts(edge.port)
    edge.let_go()
    assert not accepts(edge.port)
    edge.start()
    assert edge.status("/livez") == 200


def test_the_process_holds_its_socket_once(edge: WaypostProcess) -> None:
    """Under the number that it keeps from its own children, which may outlive it."""
    (ours,) = edge.handed_down()
    theirs = Path(f"/proc/{edge.pid}/fd")
    if not theirs.exists():
        pytest.skip("only Linux shows what a process has open")
    held = [file.name for file in theirs.iterdir() if _is_same(file, ours)]
    assert held == ["3"]


def _is_same(file: Path, number: int) -> bool:
    """Say whether *file*, which may be closed by now, is what we have as *number*."""
    return file.exists() and os.path.samestat(file.stat(), os.fstat(number))
