"""Writing a backup to one file, and reading it after all of it was verified."""

import gzip
import os
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from gzip import GzipFile
from hashlib import sha256
from io import BytesIO
from pathlib import Path, PurePosixPath
from typing import Final

import msgspec

from waypost.adapters.backup.manifest import FORMAT, MANIFEST, Manifest, Member
from waypost.domain.errors import Unusable

_COMPRESSION: Final = 3
_PIECE_BYTES: Final = 1_000_000
_BROKEN: Final = (tarfile.TarError, EOFError, zlib.error, ValueError)


class BackupError(Unusable):
    """The backup cannot be made or used; the text says why and what to do."""


class ArchiveWriter:
    """Adds members to a backup that is being made."""

    def __init__(self, archive: tarfile.TarFile) -> None:
        self._archive = archive
        self.members: dict[str, Member] = {}

    def add(self, name: str, content: bytes) -> None:
        """Add *content* under *name*."""
        info = tarfile.TarInfo(name)
        info.size, info.mode = len(content), 0o600
        self._archive.addfile(info, BytesIO(content))
        digest = sha256(content).hexdigest()
        self.members[name] = Member(bytes=len(content), sha256=digest)

    def add_manifest(self, manifest: Manifest) -> None:
        """Add the description, which makes the backup complete."""
        self.add(MANIFEST, msgspec.json.format(msgspec.json.encode(manifest)))


@contextmanager
def writing(path: Path) -> Iterator[ArchiveWriter]:
    """Yield a writer of the backup *path*; the file appears only when it is complete.

    Only its owner may read it. Raises OSError.
    """
    temporary = path.with_name(f"{path.name}.partial")
    temporary.unlink(missing_ok=True)
    try:
        with open(temporary, "xb", opener=_private) as file:
            # Without the name of the file, and without its time.
            with (
                GzipFile("", "wb", _COMPRESSION, file, mtime=0) as zipped,
                tarfile.open(fileobj=zipped, mode="w:") as archive,
            ):
                yield ArchiveWriter(archive)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        sync_folder(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def members_of(path: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the content of every member, in order.

    Raises:
        BackupError: The file is not a backup, or is damaged.
    """
    try:
        with gzip.open(path) as zipped, tarfile.open(fileobj=zipped) as archive:
            for info in archive:
                content = archive.extractfile(info) if info.isreg() else None
                if content is None or not _is_safe(info.name):
                    raise BackupError(
                        f"{path} contains a file that does not belong to a backup."
                    )
                yield info.name, content.read()
            # The checksum of the whole stands behind the end of the archive.
            while zipped.read(_PIECE_BYTES):
                pass
    except FileNotFoundError:
        raise BackupError(f"There is no backup {path}.") from None
    except _BROKEN as error:
        raise BackupError(
            f"{path} is not a backup, or is damaged. Use another copy of it."
        ) from error
    except OSError as error:
        # gzip raises it for a wrong beginning or checksum too, then without a number.
        why = error.strerror or "it is not a backup, or is damaged"
        raise BackupError(
            f"{path} cannot be read: {why}. Use another copy of it."
        ) from error


def verify(path: Path) -> Manifest:
    """Read the whole backup, and return its description if everything is intact.

    Raises:
        BackupError: Something is missing, damaged or too new.
    """
    found: dict[str, Member] = {}
    rows: dict[str, int] = {}
    description = None
    for name, content in members_of(path):
        if name == MANIFEST:
            description = content
            continue
        found[name] = Member(bytes=len(content), sha256=sha256(content).hexdigest())
        if table := table_of(name):
            rows[table] = rows.get(table, 0) + content.count(b"\n")
    if description is None:
        raise BackupError(f"{path} is not complete. Use another backup.")
    manifest = _decoded(path, description)
    expected = {name: table.rows for name, table in manifest.tables.items()}
    if found != manifest.members or rows != {k: n for k, n in expected.items() if n}:
        raise BackupError(f"{path} is damaged. Use another copy of it.")
    return manifest


def table_of(name: str) -> str | None:
    """Return the table whose rows are in the member *name*."""
    parts = PurePosixPath(name).parts
    return parts[1] if parts[0] == "tables" else None


def sync_folder(path: Path) -> None:
    """Flush the entries of the folder *path* to the disk. Raises OSError."""
    folder = os.open(path, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _decoded(path: Path, content: bytes) -> Manifest:
    try:
        form = msgspec.json.decode(content, type=_Form).format
        if form <= FORMAT:
            return msgspec.json.decode(content, type=Manifest)
    except ValueError as error:
        raise BackupError(
            f"{path} has a description that this release of Waypost cannot read. "
            "Use another backup."
        ) from error
    raise BackupError(
        f"{path} was made by a newer release of Waypost. Restore it with that one."
    )


class _Form(msgspec.Struct):
    format: int


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _is_safe(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts
