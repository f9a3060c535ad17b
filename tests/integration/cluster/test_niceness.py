"""A server yields to others, but not while a process waits for its start."""

import os
from pathlib import Path

from tests.integration.cluster.sleeper import Sleeper

_PROGRAM = (
    "import os, time; print('started with', os.nice(0), 'hello', flush=True);"
    " time.sleep(600)"
)


def test_a_server_yields_once_it_answers(tmp_path: Path) -> None:
    """It starts as all others do, and then lets them go first."""
    server = Sleeper(tmp_path)
    server.program = _PROGRAM
    server.niceness = os.nice(0) + 4
    with server:
        assert server.pid is not None
        assert os.getpriority(os.PRIO_PROCESS, server.pid) == server.niceness
        assert f"started with {os.nice(0)} " in server.last_words()
