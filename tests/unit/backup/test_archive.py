"""A backup file: complete or not there, and no damage goes unnoticed."""

import io
import stat
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from waypost.adapters.backup.archive import BackupError, members_of, verify, writing
from waypost.adapters.backup.manifest import FORMAT, Manifest, TableRows

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def make(path: Path, *, rows: int = 2, form: int = 1) -> Manifest:
    """Make a small backup."""
    with writing(path) as archive:
        archive.add("tables/links/000001.jsonl", b"[1]\n[2]\n")
        archive.add("data/journal/id", b"x" * 2_000)
        manifest = Manifest(
            format=form,
            product="1",
            revision="0001",
            instance=None,
            created_at=NOON,
            tables={
                "links": TableRows(columns=["id"], rows=rows),
                "outbox": TableRows(columns=["id"], rows=0),
            },
            members=dict(archive.members),
        )
        archive.add_manifest(manifest)
    return manifest


def test_what_is_written_is_read(tmp_path: Path) -> None:
    """Members come in order, the description says what they are; only we may read."""
    path = tmp_path / "b.tar.gz"
    manifest = make(path)
    assert verify(path) == manifest
    assert manifest.rows == 2
    names = [name for name, _ in members_of(path)]
    assert names == ["tables/links/000001.jsonl", "data/journal/id", "manifest.json"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["b.tar.gz"]


def test_a_backup_that_fails_leaves_nothing(tmp_path: Path) -> None:
    """Neither under its name nor beside it, also after a leftover of one killed."""
    path = tmp_path / "b.tar.gz"
    (tmp_path / "b.tar.gz.partial").write_bytes(b"left over")
    with pytest.raises(TypeError), writing(path) as archive:
        archive.add("data/x", None)  # type: ignore[arg-type]  # to fail in the middle
    assert list(tmp_path.iterdir()) == []


def test_damage_is_noticed_wherever_it_is(tmp_path: Path) -> None:
    """A flipped bit or a missing end is refused; nothing else is read from it."""
    path = tmp_path / "b.tar.gz"
    manifest = make(path)
    content = path.read_bytes()
    members = list(members_of(path))
    damaged = tmp_path / "damaged"
    noticed = 0
    for at in range(len(content)):
        damaged.write_bytes(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])
        try:
            # Some bits of the compression do not matter to what is compressed.
            assert verify(damaged) == manifest
            assert list(members_of(damaged)) == members
        except BackupError:
            noticed += 1
    assert noticed > 0.8 * len(content)
    for end in range(0, len(content), 7):
        damaged.write_bytes(content[:end])
        with pytest.raises(BackupError):
            verify(damaged)
    assert verify(path) == manifest


def test_rows_are_counted(tmp_path: Path) -> None:
    """A description that promises other rows is not a description of it."""
    path = tmp_path / "b.tar.gz"
    make(path, rows=3)
    with pytest.raises(BackupError, match="is damaged"):
        verify(path)


def test_a_newer_form_and_no_backup(tmp_path: Path) -> None:
    """The sentence says what is wrong."""
    path = tmp_path / "b.tar.gz"
    make(path, form=FORMAT + 1)
    with pytest.raises(BackupError, match="newer release"):
        verify(path)
    with pytest.raises(BackupError, match="There is no backup"):
        verify(tmp_path / "none")
    for text in ("text", "127.0.0.1 localhost\n" * 100):
        (tmp_path / "text").write_text(text)
        with pytest.raises(BackupError, match="is not a backup"):
            verify(tmp_path / "text")
    with pytest.raises(BackupError, match="cannot be read"):
        verify(tmp_path)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("/etc/x", tarfile.REGTYPE),
        ("data/../../x", tarfile.REGTYPE),
        ("data/x", tarfile.SYMTYPE),
    ],
)
def test_members_stay_in_their_folder(tmp_path: Path, name: str, kind: bytes) -> None:
    """No name leads out of it, and no link either."""
    path = tmp_path / "b.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        info = tarfile.TarInfo(name)
        info.type = kind
        archive.addfile(info, io.BytesIO())
    with pytest.raises(BackupError, match="does not belong to a backup"):
        list(members_of(path))
