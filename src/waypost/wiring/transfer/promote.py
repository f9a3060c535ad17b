"""Move an embedded database to PostgreSQL, with the journal's clicks.

::

    lock the data folder ─▶ count the clicks of the journal ─▶ mark the file: begun
    ─▶ one transaction of PostgreSQL: make the tables, copy every row, read every
        row back and compare, commit
    ─▶ count what the file lacks over there ─▶ mark the file: done

While the file is marked, no server starts on it. Killed anywhere, it can be run
again: either nothing is committed, and the copy begins anew, or everything is.
"""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from functools import partial
from pathlib import Path
from secrets import token_hex
from typing import Final, TypeAlias

from sqlalchemy import Connection

from waypost.adapters.instance import read_instance, write_instance
from waypost.adapters.sql.blocks import skip_ids
from waypost.adapters.sql.database import DatabaseRefused
from waypost.adapters.sql.migrate import (
    HEAD,
    change,
    make_schema,
    revision_of,
)
from waypost.adapters.sql.secrets import find_secret, replace_secret
from waypost.adapters.sql.sqlite.schema import snapshot
from waypost.adapters.sql.transfer.copying import copy_rows, differing_table
from waypost.adapters.sql.transfer.promotion import (
    Mark,
    finish_mark,
    read_mark,
    remove_mark,
    set_mark,
)
from waypost.adapters.sql.transfer.rows import (
    TRANSFER_SECONDS,
    count_rows,
    drop_tables,
    other_users,
    present_tables,
)
from waypost.config import Settings, SettingsError
from waypost.domain.errors import BackendUnavailable, DatabaseUnusable
from waypost.wiring.analytics.store import clicks_file
from waypost.wiring.offline.journal import has_journal, replay_journal
from waypost.wiring.offline.schema import upgrade_schema
from waypost.wiring.parts.embedded import destination_of, embedded, with_known_password
from waypost.wiring.parts.instance import INSTANCE
from waypost.wiring.parts.leases import highest_known_id
from waypost.wiring.topology import topology_of
from waypost.wiring.transfer.clicks import copy_clicks, make_tables
from waypost.wiring.transfer.preconditions import (
    WRITING_SECONDS,
    PromotionError,
    alone,
    look_at,
    require_file,
)

__all__ = ["NO_POSTGRES", "Promoted", "PromotionError", "Step", "promote"]

NO_POSTGRES: Final = (
    "Name a PostgreSQL database: --to postgresql://user:password@host:5432/database, "
    "or set DATABASE_URL."
)

_SECRETS: Final = "instance_secrets"


class UnequalError(PromotionError):
    """The target does not hold what was copied, so the copy was rolled back."""


class Step(StrEnum):
    """The steps of a move, one after the other."""

    COPIED = "Copied"
    COMPARED = "Compared"
    CLICKS = "Copied for reports"
    COUNTED = "Counted"
    """Clicks of the journal."""


Progress: TypeAlias = Callable[[Step, int, int | None], None]
"""Gets the step, how many rows or clicks are done, and of how many if that is known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promoted:
    """The result of moving an embedded database."""

    database: Path
    """The file that is kept."""
    destination: str
    rows: int
    """How many rows were copied; 0: an earlier run has done that."""
    counted: int
    """Clicks that were only in the journal until now."""


def promote(source: Settings, target: Settings, *, progress: Progress) -> Promoted:
    """Move the embedded database of *source* to the database of *target*.

    Raises:
        PromotionError: One of them does not permit it, or it was interrupted.
        DatabaseRefused, SettingsError, JournalError, BackendUnavailable: What is here
            cannot be used.
    """
    is_own = source.DATABASE_URL == target.DATABASE_URL
    target = with_known_password(target, source.DATABASE_URL)
    source = embedded(source)
    _require_postgres(target)
    path = require_file(source)
    with alone(source):
        named_by = "DATABASE_URL" if is_own else "--to"
        return _Promotion(source, target, path, progress, named_by).run()


@dataclass(slots=True)
class _Promotion:
    source: Settings
    target: Settings
    path: Path
    progress: Progress
    named_by: str
    """What names the target."""
    _rows: int = 0
    _counted: int = 0

    @property
    def destination(self) -> str:
        return destination_of(self.target.database_url)

    def run(self) -> Promoted:
        mark = self._mark()
        with self._of_target():
            look_at(self.target.database_url, partial(self._has_all, mark=mark))
        if not (mark and mark.is_done):
            if mark is None:
                # Here, too: the file has all clicks if it is used again.
                self._count_journal(self.source)
            self._move()
        with self._interruptions():
            self._count_journal(self.target)
        self._change_source(finish_mark)
        return Promoted(
            database=self.path,
            destination=self.destination,
            rows=self._rows,
            counted=self._counted,
        )

    def _mark(self) -> Mark | None:
        """Return the mark on the source, if it is of a move to this target."""
        mark = look_at(self.source.database_url, read_mark)
        if mark and mark.destination != self.destination:
            state = "was moved" if mark.is_done else "is being moved"
            raise PromotionError(
                f"{self.path} {state} to PostgreSQL at {mark.destination}. Name that "
                "database, or run `waypost promote --undo` first."
            )
        if mark is None:
            upgrade_schema(self.source)
        self._require_own_folder(mark)
        return mark

    def _require_own_folder(self, mark: Mark | None) -> None:
        """Refuse to give the new database clicks of a journal that is not its own."""
        noted = read_instance(self.source.DATA_DIR)
        if noted in {None, look_at(self.source.database_url, _instance)}:
            return
        if mark:
            raise PromotionError(
                "`waypost promote --undo` was not finished. Run it again."
            )
        raise PromotionError(
            f"The click journal in {self.source.DATA_DIR} belongs to another database "
            f"than {self.path}. Put that file into a folder of its own, and name the "
            "folder with --data-dir."
        )

    def _has_all(self, target: Connection, *, mark: Mark | None) -> bool:
        """Return whether the target holds everything, or is empty; refuse it otherwise.

        It can only hold everything if the source is marked.
        """
        revision = revision_of(target)
        instance = look_at(self.source.database_url, _instance)
        if revision and revision > HEAD:
            fault = "was used by a newer release of Waypost"
        elif revision is None and present_tables(target):
            fault = "holds tables of another program"
        elif revision and instance and _instance(target) == instance:
            if mark:
                return True
            fault = f"holds a copy of {self.path} that is not of a move"
        elif rows := count_rows(target, but={_SECRETS}):
            fault = f"is not empty: it holds {rows:,} rows of another installation"
        elif mark and mark.is_done:
            raise PromotionError(
                f"{self.path} was moved to PostgreSQL at {self.destination}, but that "
                "database is empty now. Restore it from a backup, or use the "
                "old links: `waypost promote --undo`."
            )
        elif users := other_users(target):
            raise PromotionError(
                f"{users:,} connections of Waypost use PostgreSQL at "
                f"{self.destination}. Stop every process that uses it."
            )
        else:
            return False
        raise PromotionError(
            f"PostgreSQL at {self.destination} {fault}. Make an empty database with "
            "`createdb`, and name that one."
        )

    def _move(self) -> None:
        self._begin()
        url = self.target.database_url
        if clicks_file(self.source).exists():
            make_tables(url)
        try:
            with self._interruptions():
                change(url, self._fill, timeout_seconds=TRANSFER_SECONDS)
        except UnequalError:
            self._change_source(remove_mark)
            raise

    def _begin(self) -> None:
        """Mark the source, and give it an id if it has none."""
        fresh = token_hex(32)

        def begin(connection: Connection) -> None:
            if read_mark(connection) is None:
                if _instance(connection) is None:
                    replace_secret(connection, INSTANCE, fresh)
                set_mark(connection, self.destination)

        self._change_source(begin)
        instance = look_at(self.source.database_url, _instance)
        if instance and read_instance(self.source.DATA_DIR) is None:
            write_instance(self.source.DATA_DIR, instance)

    def _fill(self, target: Connection) -> None:
        """Put all rows into the target, in its transaction."""
        if self._has_all(target, mark=Mark(self.destination, is_done=False)):
            return
        drop_tables(target)
        make_schema(target, HEAD)
        url = self.source.database_url
        with snapshot(url, timeout_seconds=WRITING_SECONDS) as source:
            total = count_rows(source)
            copy_rows(source, target, progress=self._progress_of(Step.COPIED, total))
            report = self._progress_of(Step.COMPARED, total)
            table = differing_table(source, target, progress=report)
        table = table or copy_clicks(
            self.source, target, progress=self._progress_of(Step.CLICKS, None)
        )
        if table is not None:
            raise UnequalError(
                f"PostgreSQL at {self.destination} does not give back the rows of the "
                f"table {table} as they are in {self.path}. Nothing was moved; look "
                "at the encoding of that database, which has to be UTF8."
            )
        self._rows = total
        name, above = self.source.ID_ALLOCATOR_KEY, highest_known_id(self.source)
        skip_ids(target, name, 0, above=above)

    def _count_journal(self, where: Settings) -> None:
        """Count the clicks that only the journal knows, each once in that database."""
        if not has_journal(self.source):
            return
        counting = replay_journal(
            where,
            self.source.journal_folder,
            progress=lambda sum_: self.progress(Step.COUNTED, sum_.clicks, None),
        )
        self.progress(Step.COUNTED, 0, None)
        self._counted += asyncio.run(counting).clicks

    def _progress_of(self, step: Step, total: int | None) -> Callable[[int], None]:
        return lambda rows: self.progress(step, rows, total)

    def _change_source(self, statement: Callable[[Connection], None]) -> None:
        url = self.source.database_url
        change(url, statement, timeout_seconds=WRITING_SECONDS)

    @contextmanager
    def _of_target(self) -> Iterator[None]:
        """Add the name of the database to the target's errors."""
        try:
            yield
        except BackendUnavailable as error:
            raise PromotionError(
                f"PostgreSQL at {self.destination} does not answer. Start it, or "
                f"correct host and port in {self.named_by}. Nothing was changed."
            ) from error
        except DatabaseRefused as error:
            message = str(error).replace("DATABASE_URL", self.named_by)
            raise PromotionError(message) from error

    @contextmanager
    def _interruptions(self) -> Iterator[None]:
        """Add what to do next to errors after the source is marked."""
        try:
            yield
        except DatabaseUnusable:
            raise
        except BackendUnavailable as error:
            kind = type(error.__cause__ or error).__name__
            raise PromotionError(
                f"Moving to PostgreSQL at {self.destination} was interrupted ({kind}). "
                "Nothing is lost: run the same command again, or cancel the move with "
                "`waypost promote --undo`."
            ) from error


def _require_postgres(target: Settings) -> None:
    if not topology_of(target).is_shared:
        raise SettingsError(NO_POSTGRES)


def _instance(connection: Connection) -> str | None:
    return find_secret(connection, INSTANCE)
