"""Put the database and the data folder of the settings back from a backup."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from waypost.adapters.backup.archive import BackupError, members_of, table_of, verify
from waypost.adapters.backup.manifest import Manifest
from waypost.adapters.backup.staging import Staging
from waypost.adapters.columns.schema import BACKED_UP
from waypost.adapters.instance import read_instance
from waypost.adapters.journal.files.folder import hold_lock
from waypost.adapters.journal.files.segments import Segment, list_segments
from waypost.adapters.leased_file import FILE_NAME, read_leased, write_leased
from waypost.adapters.sql.blocks import next_id, skip_ids
from waypost.adapters.sql.migrate import HEAD, change, look, make_schema
from waypost.adapters.sql.sqlite.engine import database_path
from waypost.adapters.sql.transfer.clicks import ClickTables
from waypost.adapters.sql.transfer.rows import (
    TRANSFER_SECONDS,
    Loader,
    count_rows,
    drop_tables,
    other_users,
)
from waypost.config import Settings
from waypost.domain.codes import CODE_SPACE
from waypost.domain.errors import BackendUnavailable
from waypost.domain.leased_ids import LeasedIds
from waypost.wiring.analytics.store import clicks_file
from waypost.wiring.offline.schema import read_schema
from waypost.wiring.parts.leases import leased_file
from waypost.wiring.topology import topology_of
from waypost.wiring.transfer import clicks

__all__ = ["BackupError", "Restored", "restore"]

_LOOKING_SECONDS: Final = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """The result of a restore."""

    manifest: Manifest
    first_skipped: int
    next_id: int
    """The lowest id that new links get; those from `first_skipped` on never are."""
    journal_aside: Path | None
    """Where the journal of another database was moved."""


def restore(
    settings: Settings,
    path: Path,
    *,
    replace: bool,
    skip: int,
    progress: Callable[[int], None],
) -> Restored:
    """Restore the backup *path*; *progress* gets the number of rows.

    Either all of it is done or nothing; if it is killed while files are replaced, it
    must be run again, and no server starts before. At least *skip* ids are never used.

    Raises:
        BackupError: The backup is damaged or too new; or there are data that
            *replace* does not permit to replace.
        JournalError: A server uses the data folder.
        SettingsError, DatabaseRefused, BackendUnavailable: The database or the disk
            cannot be used.
    """
    manifest = verify(path)
    if manifest.revision > HEAD:
        raise BackupError(
            f"{path} has revision {manifest.revision}, but this release of Waypost "
            f"knows revisions up to {HEAD}. Restore it with a newer release."
        )
    try:
        with hold_lock(settings.journal_folder):
            work = _Restore(settings, path, manifest, skip, progress)
            if not (replace or work.staging.is_ready):
                work.require_empty()
            return work.run()
    except OSError as error:
        raise BackendUnavailable from error


@dataclass(slots=True)
class _Restore:
    settings: Settings
    path: Path
    manifest: Manifest
    skip: int
    progress: Callable[[int], None]
    staging: Staging = field(init=False)
    _ids: tuple[int, int] = (1, 1)
    _rows: int = 0

    def __post_init__(self) -> None:
        self.staging = Staging(self.settings.DATA_DIR)

    def require_empty(self) -> None:
        """Refuse to replace existing data, unless it is permitted."""
        rows = self._look(count_rows) or 0
        segments = list_segments(self.settings.journal_folder)
        if rows or segments:
            raise BackupError(
                f"The database holds {rows:,} rows, and {self.settings.DATA_DIR} "
                f"{len(segments):,} segments of a click journal. With --replace the "
                "rows are replaced; the journal's clicks are kept."
            )

    def run(self) -> Restored:
        url = self.settings.database_url
        known = read_leased(leased_file(self.settings)) or LeasedIds()
        same = self._is_same_journal()
        self.staging.begin()
        if topology_of(self.settings).is_shared:
            self._require_alone()
            clicks.make_tables(url)
            load = partial(self._replace, highest=known.highest)
            change(url, load, timeout_seconds=TRANSFER_SECONDS)
        else:
            self._load_file(database_path(url), known.highest)
        self._remember(known)
        aside = self.staging.finish(same=same)
        first, after = self._ids
        return Restored(
            manifest=self.manifest,
            first_skipped=first,
            next_id=after,
            journal_aside=aside,
        )

    def _look(self, statement: Callable[[Connection], int]) -> int | None:
        read_schema(self.settings)
        return look(
            self.settings.database_url, statement, timeout_seconds=_LOOKING_SECONDS
        )

    def _require_alone(self) -> None:
        others = self._look(other_users)
        if others:
            raise BackupError(
                f"{others:,} connections of Waypost use the database. Stop every "
                "process that uses it."
            )

    def _is_same_journal(self) -> bool:
        """Return whether the journal that is there and that of the backup fit together.

        They are of one database, and no two segments have the same number.
        """
        folder = self.settings.DATA_DIR
        segments = list_segments(folder / "journal")
        instance, old_id = read_instance(folder), None
        kept: set[str] = set()
        for name, content in members_of(self.path):
            if name.startswith("data/journal/"):
                kept.add(name.removeprefix("data/journal/"))
            if name == "data/journal/id":
                old_id = content.decode("ascii", "replace").strip()
        if instance is None:
            is_same = {segment.journal for segment in segments} <= {old_id}
        else:
            is_same = instance == self.manifest.instance
        added = {name.partition("-")[0] for name in kept - _names(segments)}
        return is_same and added.isdisjoint(f"{at.number:020d}" for at in segments)

    def _load_file(self, database: Path, highest: int) -> None:
        """Fill a new SQLite file, and put it in the place of the old one."""
        database.parent.mkdir(parents=True, exist_ok=True)
        fresh, fresh_clicks = _fresh(database), _fresh(clicks_file(self.settings))
        _remove(fresh)
        _remove(fresh_clicks)
        load = partial(self._load, highest=highest)
        change(f"sqlite:///{fresh}", load, timeout_seconds=TRANSFER_SECONDS)
        clicks.make_file(fresh_clicks)
        add = self._load_clicks
        change(f"sqlite:///{fresh_clicks}", add, timeout_seconds=TRANSFER_SECONDS)
        self.staging.mark_ready()
        for path, new in (
            (database, fresh),
            (clicks_file(self.settings), fresh_clicks),
        ):
            _remove(path)
            new.replace(path)

    def _replace(self, connection: Connection, *, highest: int) -> None:
        """Replace the rows of a PostgreSQL database, in its transaction."""
        drop_tables(connection)
        self._load(connection, highest=highest)
        self._load_clicks(connection)
        # From here on only the server knows whether it is committed.
        self.staging.mark_ready()

    def _load(self, connection: Connection, *, highest: int) -> None:
        manifest = self.manifest
        make_schema(connection, manifest.revision)
        columns = {
            name: table.columns
            for name, table in manifest.tables.items()
            if name not in BACKED_UP
        }
        loader = Loader(connection, columns)
        rows = 0
        for name, content in members_of(self.path):
            table = table_of(name)
            if table is not None and table in columns:
                rows += loader.add(table, content)
                self.progress(rows)
            elif name.startswith("data/"):
                self.staging.add(name.removeprefix("data/"), content)
        loader.finish()
        expected = sum(manifest.tables[name].rows for name in columns)
        if rows != expected or rows != count_rows(connection):
            raise BackupError(f"{self.path} cannot be restored as it was backed up.")
        self._rows = rows
        make_schema(connection, HEAD)
        self._skip_ids(connection, highest)

    def _load_clicks(self, connection: Connection) -> None:
        """Replace the clicks by those of the backup, which may have none."""
        columns = {
            name: table.columns
            for name, table in self.manifest.tables.items()
            if name in BACKED_UP
        }
        tables = ClickTables(connection, BACKED_UP)
        tables.empty()
        loader = tables.loader(columns)
        rows = 0
        for name, content in members_of(self.path):
            table = table_of(name)
            if table is not None and table in columns:
                rows += loader.add(table, content)
                self.progress(self._rows + rows)
        loader.finish()

    def _skip_ids(self, connection: Connection, highest: int) -> None:
        name = self.settings.ID_ALLOCATOR_KEY
        first = max(next_id(connection, name), highest + 1)
        if first + self.skip > CODE_SPACE:
            raise BackupError(
                f"Only {max(CODE_SPACE - first, 0):,} ids are left. Skip fewer."
            )
        skip_ids(connection, name, self.skip, above=highest)
        self._ids = (first, first + self.skip)

    def _remember(self, known: LeasedIds) -> None:
        """Make the folder remember its own ids and those of the backup."""
        staged = self.settings.DATA_DIR / "restoring" / "data" / FILE_NAME
        theirs = read_leased(staged) or LeasedIds()
        write_leased(staged, known.adding(theirs.blocks))


def _names(segments: Sequence[Segment]) -> set[str]:
    return {segment.path.name for segment in segments}


def _fresh(database: Path) -> Path:
    return database.with_name(f"{database.name}.restoring")


def _remove(database: Path) -> None:
    """Remove a SQLite file and what belongs to it."""
    for suffix in ("-wal", "-shm", "-journal", ""):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
