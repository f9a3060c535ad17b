"""Who may write to a journal's folder."""

import fcntl
import os
import subprocess
import sys
from pathlib import Path

import pytest

from waypost.adapters.journal.files.folder import JournalError, JournalFolder


def test_second_process_is_refused(tmp_path: Path) -> None:
    """A folder in use is refused with its name and its user; once free, it is given."""
    claim = "import sys, pathlib; from waypost.adapters.journal.files.folder import *;"
    claim += "JournalFolder.claim(pathlib.Path(sys.argv[1]))"
    command = [sys.executable, "-c", claim, str(tmp_path)]
    folder = JournalFolder.claim(tmp_path)
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    folder.release()
    assert f"{tmp_path} is in use by process {os.getpid()}." in refused.stderr
    subprocess.run(command, check=True)


@pytest.mark.parametrize("kept", [b"", b"no number", None])
def test_the_lock_is_no_file(tmp_path: Path, kept: bytes | None) -> None:
    """If the lock file is changed, the folder stays held; no error names a file."""
    folder = JournalFolder.claim(tmp_path)
    (tmp_path / "lock").unlink()
    if kept is not None:
        (tmp_path / "lock").write_bytes(kept)
    with pytest.raises(JournalError, match="in use by another process") as refused:
        JournalFolder.claim(tmp_path)
    assert "lock" not in str(refused.value).replace(str(tmp_path), "")
    assert folder.is_in_place
    folder.release()
    JournalFolder.claim(tmp_path).release()


def test_releases_that_lock_the_file(tmp_path: Path) -> None:
    """A process of a release that knows only the file is kept out, and keeps out."""
    with (tmp_path / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with pytest.raises(JournalError, match="in use"):
            JournalFolder.claim(tmp_path)
    folder = JournalFolder.claim(tmp_path)
    with (tmp_path / "lock").open() as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    folder.release()


def test_unusable_folder(tmp_path: Path) -> None:
    """A folder that cannot be made is reported by name, with the reason."""
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match=r"file/journal cannot be used: Not a dir"):
        JournalFolder.claim(tmp_path / "file" / "journal")
