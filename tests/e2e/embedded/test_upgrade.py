"""Data that an earlier release has written goes on counting."""

import shutil
import tarfile
import time
from pathlib import Path

import pytest

from tests.e2e.process import WaypostProcess

DATA = Path(__file__).with_name("old_data.tar.gz")
"""A data folder of the release before decision 21, killed under way: 16 clicks on
`old` are counted, and 3 of 7 on `other`; the 4 others stand in the journal only."""

pytestmark = pytest.mark.slow


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The old data folder."""
    with tarfile.open(DATA) as archive:
        archive.extractall(tmp_path, filter="data")
    return tmp_path / "data"


def test_old_journal_is_drained(data: Path) -> None:
    """Its clicks count under the id that it had, once, and new ones beside them."""
    with WaypostProcess(data, reports=True) as server:
        for _ in range(5):
            assert server.request("/other")[0] == 307
        assert server.settled_clicks("other", at_least=12) == 12
        assert server.settled_clicks("old", at_least=16) == 16
        assert server.metric("waypost_clicks_duplicate_total") == 0
        # Reports have a reader of their own, which may need a moment more.
        deadline = time.monotonic() + 120
        while len(list((data / "journal").glob("*.seg"))) > 1:
            assert time.monotonic() < deadline, "old segments are not deleted"
            time.sleep(0.3)
        server.kill()
        server.start()
        assert server.settled_clicks("other", at_least=12) == 12
    assert not (data / "journal" / "id").exists()


def test_copy_of_an_old_folder(data: Path, tmp_path: Path) -> None:
    """Old clicks that lie in two folders of one database count once."""
    copy = tmp_path / "copy"
    shutil.copytree(data / "journal", copy / "journal")
    shared = {"DATABASE_URL": f"sqlite:///{data / 'waypost.db'}"}
    with WaypostProcess(data) as one, WaypostProcess(copy, settings=shared) as two:
        for server in (one, two):
            assert server.request("/other")[0] == 307
        two.clicks("other")
        assert one.settled_clicks("other", at_least=9) == 9


def test_old_folder_beside_another_database(data: Path) -> None:
    """A database that does not know the old journal refuses its folder."""
    (data / "waypost.db").unlink()
    (data / "waypost.db-wal").unlink()
    server = WaypostProcess(data)
    with pytest.raises(AssertionError, match="belongs to another database"):
        server.start()
