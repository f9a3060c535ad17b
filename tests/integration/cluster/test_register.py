"""A cluster can be stopped from another terminal, and nothing else is hit."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from cluster.register import FOLDER_PREFIX, Entry, take_down
from cluster.servers.families import is_alive

from tests.integration.cluster.sleeper import Sleeper

# A run that owns one server and ends in an orderly way when it is asked to.
_OWNER = """
import signal, sys
from pathlib import Path
from cluster.register import Entry
from tests.integration.cluster.sleeper import Sleeper
folder, register = map(Path, sys.argv[1:])
entry = Entry(folder, temporary=True, register=register)
server = Sleeper(folder)
server.start()
entry.write([server])
signal.signal(signal.SIGTERM, lambda *_: (server.stop(), sys.exit()))
print("ready", flush=True)
signal.pause()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder that goes with its cluster."""
    path = tmp_path / f"{FOLDER_PREFIX}x"
    path.mkdir()
    return path


@pytest.fixture
def register(tmp_path: Path) -> Path:
    """Where runs of this test are noted."""
    return tmp_path / "register"


def start_owner(folder: Path, register: Path) -> subprocess.Popen[bytes]:
    """Start a run, and return when it stands in the register."""
    owner = subprocess.Popen(
        [sys.executable, "-c", _OWNER, str(folder), str(register)],
        stdout=subprocess.PIPE,
    )
    assert owner.stdout is not None
    assert owner.stdout.readline() == b"ready\n"
    owner.stdout.close()
    return owner


def server_pid(register: Path) -> int:
    """Return the process id of the only server in the *register*."""
    (path,) = register.iterdir()
    pid: int = json.loads(path.read_text())["processes"]["sleeper"]["pid"]
    return pid


def test_its_owner_is_asked_to_stop(folder: Path, register: Path) -> None:
    """The owner stops its servers itself; the folder and the note are gone."""
    with start_owner(folder, register) as owner:
        pid = server_pid(register)
        (said,) = take_down(register=register)
    assert said == f"The cluster of process {owner.pid} has stopped."
    assert owner.returncode == 0
    assert not is_alive(pid)
    assert not folder.exists()
    assert list(register.iterdir()) == []


def test_what_a_killed_owner_left_is_killed(folder: Path, register: Path) -> None:
    """Servers whose owner was killed do not stay for ever."""
    with start_owner(folder, register) as owner:
        owner.kill()
    pid = server_pid(register)
    assert is_alive(pid)
    (said,) = take_down(register=register)
    assert said == f"sleeper was left over from process {owner.pid}, and is killed."
    assert not is_alive(pid)
    assert not folder.exists()


def test_a_process_that_got_the_same_id_is_left_alone(
    tmp_path: Path, register: Path
) -> None:
    """Start times are compared, and a folder that the user chose is kept."""
    with Sleeper(tmp_path / "kept") as bystander:
        Entry(tmp_path / "kept", temporary=False, register=register).write([bystander])
        (path,) = register.iterdir()
        note = json.loads(path.read_text())
        note["owner"]["started"] = note["processes"]["sleeper"]["started"] = "then"
        path.write_text(json.dumps(note))
        assert list(take_down(register=register)) == []
        assert bystander.is_running
    assert (tmp_path / "kept").exists()


def test_nothing_runs(register: Path) -> None:
    """Without a register there is nothing to do."""
    assert list(take_down(register=register)) == []
