"""Who may write to a journal, and the id that it keeps."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.journal.samples import open_journal
from waypost.adapters.journal.folder import JournalError, JournalFolder, journal_id


def test_id_survives(tmp_path: Path) -> None:
    """A journal keeps its id when it is opened again."""
    with open_journal(tmp_path / "journal") as journal:
        first = journal.folder.journal
    with open_journal(tmp_path / "journal") as journal:
        assert first == journal.folder.journal


@pytest.mark.parametrize("content", [None, b"", b"ab", b"\xff" * 32])
def test_id_is_found_in_the_segments(tmp_path: Path, content: bytes | None) -> None:
    """Without a good `id` file the segments still tell whose clicks they are."""
    with open_journal(tmp_path) as journal:
        first = journal.folder.journal
    (tmp_path / "id").unlink()
    if content is not None:
        (tmp_path / "id").write_bytes(content)
    with open_journal(tmp_path) as journal:
        assert first == journal.folder.journal
    assert (tmp_path / "id").read_text() == f"{first}\n"


def test_no_journal_has_no_id(tmp_path: Path) -> None:
    """A folder without a journal has no id, and asking does not make one."""
    assert journal_id(tmp_path) is None
    assert list(tmp_path.iterdir()) == []


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


def test_segment_of_another_journal_is_refused(tmp_path: Path) -> None:
    """A stranger's segment is neither counted as ours nor deleted."""
    with open_journal(tmp_path / "a"), open_journal(tmp_path / "b"):
        pass
    stranger = next((tmp_path / "a").glob("*.seg"))
    stranger.rename(tmp_path / "b" / f"{9:020d}.seg")
    with (
        pytest.raises(JournalError, match="belongs to another click journal"),
        open_journal(tmp_path / "b"),
    ):
        pass
