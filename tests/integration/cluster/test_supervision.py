"""What ends by itself comes back; what was ended on purpose does not."""

import os
import queue
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from cluster.servers.server import ServerFailedError
from cluster.supervision import Supervisor

from tests.integration.cluster.sleeper import Sleeper


class Watch:
    """A supervised sleeper, and the reports about it."""

    def __init__(self, folder: Path) -> None:
        self.server = Sleeper(folder)
        self.reports: queue.Queue[str] = queue.Queue()
        self.restarts: queue.Queue[str] = queue.Queue()
        self.supervisor = Supervisor(
            [self.server],
            report=self.reports.put,
            on_restart=lambda: self.restarts.put("again"),
        )


@pytest.fixture
def watch(tmp_path: Path) -> Iterator[Watch]:
    """A watched server that runs."""
    watch = Watch(tmp_path)
    with watch.server:
        watch.supervisor.start()
        yield watch
        watch.supervisor.stop()


def test_a_server_that_dies_is_reported_and_started_again(watch: Watch) -> None:
    """Its end is reported with how it ended and what it said, and it runs again."""
    first = watch.server.pid
    assert first is not None
    os.kill(first, signal.SIGKILL)
    report = watch.reports.get(timeout=120)
    assert "sleeper ended by itself (signal 9)" in report
    assert report.endswith("hello")
    assert watch.restarts.get(timeout=120) == "again"
    assert watch.server.is_running
    assert watch.server.pid != first


@pytest.mark.slow
def test_it_waits_longer_each_time(watch: Watch) -> None:
    """A server that ends at once is not started in a tight loop."""
    watch.server.program = "import sys; sys.exit(3)"
    assert watch.server.pid is not None
    os.kill(watch.server.pid, signal.SIGKILL)
    pauses = [watch.reports.get(timeout=120).split("again in ")[1] for _ in range(3)]
    assert [pause.split(" s")[0] for pause in pauses] == ["0.5", "1", "2"]
    # Not after the first time: a waiting process may be served right away.
    assert watch.server.times_let_go == 2


@pytest.mark.slow
def test_a_server_that_was_killed_on_purpose_stays_away(watch: Watch) -> None:
    """The test that killed or stopped it starts it again."""
    watch.server.kill()
    assert watch.server.exit_code is None
    with pytest.raises(queue.Empty):
        watch.reports.get(timeout=1)
    assert not watch.server.is_running


def test_a_server_that_cannot_start_says_why(tmp_path: Path) -> None:
    """The error ends with what the program printed."""
    server = Sleeper(tmp_path)
    server.program = "raise SystemExit('no such thing')"
    with pytest.raises(ServerFailedError, match=r"sleeper ended\.\nno such thing"):
        server.start()


def test_a_server_that_will_not_stop_is_killed(tmp_path: Path) -> None:
    """No caller waits for ever."""
    server = Sleeper(tmp_path)
    server.stop_seconds = 0.2
    server.program = (
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);" + server.program
    )
    server.start()
    server.stop()
    assert not server.is_running
