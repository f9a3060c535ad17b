"""Back up the database and the data folder of the settings while servers run."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Final, TypeAlias

from sqlalchemy import Connection

from waypost.adapters.backup.archive import (
    ArchiveWriter,
    BackupError,
    verify,
    writing,
)
from waypost.adapters.backup.files import HeldFiles
from waypost.adapters.backup.manifest import FORMAT, Manifest, TableRows
from waypost.adapters.instance import INSTANCE_FILE, read_instance
from waypost.adapters.leased_file import FILE_NAME
from waypost.adapters.sql.dialect import begin_snapshot
from waypost.adapters.sql.migrate import HEAD, look
from waypost.adapters.sql.transfer.clicks import ClickTables
from waypost.adapters.sql.transfer.rows import (
    TRANSFER_SECONDS,
    row_chunks,
    table_columns,
)
from waypost.config import Settings
from waypost.domain.errors import BackendUnavailable
from waypost.wiring.offline.storage import require_current_schema
from waypost.wiring.transfer.clicks import click_tables

__all__ = ["BackupError", "Manifest", "back_up", "default_name", "verify"]

FILES: Final = (INSTANCE_FILE, FILE_NAME)
"""What belongs to a data folder besides its journal."""

_ATTEMPTS: Final = 5


def default_name() -> str:
    """Return a file name for a backup of this moment."""
    return f"waypost-{datetime.now(UTC):%Y%m%d-%H%M%S}.tar.gz"


def back_up(
    settings: Settings, path: Path, *, progress: Callable[[int], None]
) -> Manifest:
    """Write a backup of one moment to *path*; *progress* gets the number of rows.

    Raises:
        BackupError: *path* exists, or the journal changes too fast to be copied.
        DatabaseRefused, SettingsError: The database cannot be used, or not yet.
        BackendUnavailable: The database or the disk refuses.
    """
    if path.exists():
        raise BackupError(f"{path} exists already. Choose another name.")
    require_current_schema(settings)
    try:
        for _ in range(_ATTEMPTS):
            done = _attempt(settings, path, progress)
            if done is not None:
                return done
    except OSError as error:
        raise BackendUnavailable from error
    raise BackupError("The click journal changes too fast. Try again.")


def _attempt(
    settings: Settings, path: Path, progress: Callable[[int], None]
) -> Manifest | None:
    """Return None if a part of the journal was deleted before it could be held."""
    with ExitStack() as stack:
        files = stack.enter_context(HeldFiles(settings.DATA_DIR, names=FILES))
        files.hold()
        work = partial(
            _copy, files=files, settings=settings, path=path, progress=progress
        )
        return look(settings.database_url, work, timeout_seconds=TRANSFER_SECONDS)


def _copy(
    connection: Connection,
    *,
    files: HeldFiles,
    settings: Settings,
    path: Path,
    progress: Callable[[int], None],
) -> Manifest | None:
    created_at = datetime.now(UTC)
    begin_snapshot(connection)
    with click_tables(settings, connection) as clicks:
        if not files.hold():
            return None
        with writing(path) as archive:
            tables = _copy_tables(archive, _contents(connection, clicks), progress)
            for name, content in files.contents():
                archive.add(f"data/{name}", content)
            manifest = Manifest(
                format=FORMAT,
                product=version("waypost"),
                revision=HEAD,
                instance=read_instance(settings.DATA_DIR),
                created_at=created_at,
                tables=tables,
                members=dict(archive.members),
            )
            archive.add_manifest(manifest)
    return manifest


_Rows: TypeAlias = Iterator[tuple[int, bytes]]
"""Some rows at a time: how many, and their lines."""


def _contents(
    connection: Connection, clicks: ClickTables | None
) -> Iterator[tuple[str, list[str], _Rows]]:
    """Yield the name, the columns and the rows of every table."""
    for table, columns in table_columns().items():
        yield table, columns, row_chunks(connection, table)
    if clicks is not None:
        for table, columns in clicks.columns().items():
            yield table, columns, clicks.chunks(table)


def _copy_tables(
    archive: ArchiveWriter,
    contents: Iterator[tuple[str, list[str], _Rows]],
    progress: Callable[[int], None],
) -> dict[str, TableRows]:
    tables = {}
    total = 0
    for table, columns, chunks in contents:
        rows = 0
        for number, (some, lines) in enumerate(chunks, 1):
            archive.add(f"tables/{table}/{number:06d}.jsonl", lines)
            rows += some
            progress(total + rows)
        total += rows
        tables[table] = TableRows(columns=columns, rows=rows)
    return tables
