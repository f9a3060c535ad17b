"""A connection to a SQLite file."""

import math
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Final, TypeVar

from waypost.adapters.columns.drivers.connection import Value, check_deadline
from waypost.domain.errors import (
    BackendUnavailable,
    DatabaseDamaged,
    DatabaseGone,
    DatabaseNotWritable,
)

T = TypeVar("T")

_PAGE_BYTES: Final = 8192
"""A column of 8,000 clicks with a byte each fits a page."""

# synchronous=FULL: the journal lets go of clicks that are stored here.
_PRAGMAS: Final = (
    f"page_size = {_PAGE_BYTES}",
    "auto_vacuum = INCREMENTAL",
    "journal_mode = WAL",
    "synchronous = FULL",
    "temp_store = MEMORY",
    "mmap_size = 0",
    "cache_size = -8000",
    "journal_size_limit = 67108864",
)
_READING_PRAGMAS: Final = (
    "query_only = ON",
    "temp_store = MEMORY",
    "mmap_size = 0",
    "cache_size = -8000",
)

# "Result and Error Codes" of SQLite's documentation.
_DAMAGED: Final = (
    "SQLITE_CORRUPT",
    "SQLITE_NOTADB",
    "SQLITE_IOERR_READ",
    "SQLITE_IOERR_SHORT_READ",
    "SQLITE_IOERR_CORRUPTFS",
    "SQLITE_IOERR_DATA",
)
_NOT_WRITABLE: Final = (
    "SQLITE_FULL",
    "SQLITE_READONLY",
    "SQLITE_IOERR_WRITE",
    "SQLITE_IOERR_FSYNC",
    "SQLITE_IOERR_TRUNCATE",
)


class SqliteConnection:
    """One connection to the file at *path*.

    It is the file numbered *inode*; None: any, and it is made where it is missing.
    Waiting for another writer takes *timeout_seconds* at most.
    """

    def __init__(
        self,
        path: Path,
        *,
        timeout_seconds: float,
        inode: int | None = None,
        is_reader: bool = False,
    ) -> None:
        self.deadline = math.inf
        self._path = path
        self._inode = inode
        if inode is not None:
            # Connecting to a file that is gone would make an empty one.
            self._check_file()
        with _translated():
            self._driver = sqlite3.connect(
                path,
                timeout=timeout_seconds,
                isolation_level=None,
                check_same_thread=False,
            )
            for pragma in _READING_PRAGMAS if is_reader else _PRAGMAS:
                self._driver.execute(f"PRAGMA {pragma}")
        self._inode = inode_of(path)

    def fetch(self, sql: str, *parameters: Value) -> list[T]:
        """Return the rows of *sql*."""
        check_deadline(self.deadline)
        with _translated():
            return self._driver.execute(_spoken(sql), parameters).fetchall()

    def run(self, sql: str, *parameters: Value) -> None:
        """Do one statement."""
        with _translated():
            self._driver.execute(_spoken(sql), parameters)

    def run_many(self, sql: str, rows: Iterable[Sequence[Value]]) -> None:
        """Do one statement for each of *rows*."""
        with _translated():
            self._driver.executemany(_spoken(sql), rows)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """Open a transaction that has the file to itself."""
        self._check_file()
        self.run("BEGIN IMMEDIATE")
        with self._ended_by("COMMIT"):
            yield

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Open a transaction whose reads all see one moment."""
        self._check_file()
        self.run("BEGIN")
        with self._ended_by("COMMIT"):
            yield

    def lock(self, number: int) -> None:
        """Return: a transaction that writes has the file to itself."""

    @contextmanager
    def lease(self, number: int) -> Iterator[bool]:  # noqa: ARG002 - see below
        """Hold it: one process writes the file at a time, and versions are checked."""
        yield True

    @contextmanager
    def scrub(self) -> Iterator[None]:
        """Overwrite what is deleted meanwhile, in the file and in its log."""
        self.run("PRAGMA secure_delete = ON")
        try:
            yield
        finally:
            self.run("PRAGMA secure_delete = OFF")
        self.fetch("PRAGMA wal_checkpoint(TRUNCATE)")

    def shrink(self) -> None:
        """Return free pages to the disk."""
        # As a script: of a statement without columns Python does one step, which frees
        # one page.
        with _translated():
            self._driver.executescript("PRAGMA incremental_vacuum")

    def close(self) -> None:
        """End the connection; an open transaction is undone."""
        self._driver.close()

    @contextmanager
    def _ended_by(self, statement: str) -> Iterator[None]:
        try:
            yield
            self.run(statement)
        except BaseException:
            # Some errors, such as a full disk, have undone the transaction already.
            if self._driver.in_transaction:
                self._driver.execute("ROLLBACK")
            raise

    def _check_file(self) -> None:
        """Refuse a file that was deleted or replaced: writes to it would be lost."""
        if inode_of(self._path) != self._inode:
            raise DatabaseGone


def inode_of(path: Path) -> int:
    """Return the number of the file at *path*.

    Raises:
        DatabaseGone: There is none.
    """
    try:
        return path.stat().st_ino
    except OSError as error:
        raise DatabaseGone from error


@lru_cache(maxsize=256)
def _spoken(sql: str) -> str:
    listed = "(SELECT value FROM json_each(?))"
    return sql.replace("{numbers}", listed).replace("{texts}", listed)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise _meaning_of(getattr(error, "sqlite_errorname", "")) from error


def _meaning_of(name: str) -> type[BackendUnavailable]:
    if name.startswith(_DAMAGED):
        return DatabaseDamaged
    if name.startswith(_NOT_WRITABLE):
        return DatabaseNotWritable
    return BackendUnavailable
