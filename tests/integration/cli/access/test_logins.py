"""The file of logins: for its owner only, and never lost halfway."""

import json
import stat
from pathlib import Path

import pytest

from waypost.adapters.logins import Logins, LoginsUnusable

SERVER = "http://127.0.0.1:8000"


@pytest.fixture
def logins(tmp_path: Path) -> Logins:
    """Logins in a folder that does not exist yet."""
    return Logins(tmp_path / "config" / "waypost" / "logins.json")


def test_a_key_is_kept_for_its_server_only(logins: Logins) -> None:
    """Another server gets nothing; other spellings of the same one do."""
    assert logins.key(SERVER) == ""
    logins.put(SERVER, "wp_one")
    logins.put("https://go.example.com", "wp_two")
    for same in ("http://localhost:8000", "HTTP://LOCALHOST:8000/", SERVER + "/"):
        assert logins.key(same) == "wp_one"
    assert logins.key("https://go.example.com:443/") == "wp_two"
    for other in (
        "http://127.0.0.1:8001",
        "http://go.example.com",
        "http://[::1]:8000",
    ):
        assert logins.key(other) == ""


def test_only_the_owner_reads_it(logins: Logins) -> None:
    """The file and its folder are closed to others, also when it is written again."""
    for key in ("wp_one", "wp_two"):
        logins.put(SERVER, key)
        assert stat.S_IMODE(logins.path.stat().st_mode) == 0o600
        assert stat.S_IMODE(logins.path.parent.stat().st_mode) == 0o700
    assert [path.name for path in logins.path.parent.iterdir()] == ["logins.json"]
    logins.path.chmod(0o640)
    with pytest.raises(LoginsUnusable, match="chmod 600"):
        logins.key(SERVER)


def test_logging_out_forgets_one(logins: Logins) -> None:
    """The others stay; what is not there cannot be forgotten."""
    logins.put(SERVER, "wp_one")
    logins.put("http://other:1", "wp_two")
    assert logins.remove("http://localhost:8000")
    assert not logins.remove(SERVER)
    assert json.loads(logins.path.read_text()) == {"http://other:1": "wp_two"}


def test_a_damaged_file_is_reported(logins: Logins) -> None:
    """It is not overwritten: there may be keys in it."""
    logins.put(SERVER, "wp_one")
    logins.path.write_text("{")
    with pytest.raises(LoginsUnusable, match="waypost login"):
        logins.put(SERVER, "wp_two")
    assert logins.path.read_text() == "{"


def test_a_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    """With what to set instead."""
    (tmp_path / "file").write_text("")
    with pytest.raises(LoginsUnusable, match="LOGINS_FILE"):
        Logins(tmp_path / "file" / "logins.json").put(SERVER, "wp_one")
