"""Who may write to a journal's folder."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from waypost.adapters.journal.folder import JournalError, JournalFolder


def test_second_process_is_refused(tmp_path: Path) -> None:
    """A folder in use is refused by name, and by whom; free again, it is given."""
    claim = "import sys, pathlib; from waypost.adapters.journal.folder import *;"
    claim += "JournalFolder.claim(pathlib.Path(sys.argv[1]))"
    command = [sys.executable, "-c", claim, str(tmp_path)]
    folder = JournalFolder.claim(tmp_path)
    refused = subprocess.run(command, capture_output=True, text=True, check=False)
    folder.release()
    assert f"{tmp_path} is in use by process {os.getpid()}." in refused.stderr
    subprocess.run(command, check=True)


def test_unusable_folder(tmp_path: Path) -> None:
    """A folder that cannot be made is told by name, with the reason."""
    (tmp_path / "file").write_text("")
    with pytest.raises(JournalError, match=r"file/journal cannot be used: Not a dir"):
        JournalFolder.claim(tmp_path / "file" / "journal")
