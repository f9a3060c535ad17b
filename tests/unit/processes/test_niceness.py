"""How processes let others go first."""

import os
import subprocess
import sys

import pytest

from waypost.processes.running.niceness import yield_processor


@pytest.mark.parametrize(("niceness", "becomes"), [(12, 12), (3, 7)])
def test_no_process_yields_less_than_before(niceness: int, becomes: int) -> None:
    """A process that was started with `nice` needs no rights for it."""
    program = "import os, time; os.nice(7 - os.nice(0)); print(); time.sleep(60)"
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        assert process.stdout is not None
        process.stdout.readline()
        yield_processor(niceness, pid=process.pid)
        found = os.getpriority(os.PRIO_PROCESS, process.pid)
        process.kill()
    assert found == becomes
