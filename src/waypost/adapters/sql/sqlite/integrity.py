"""A check of a whole SQLite file for damage, for a bounded time."""

import sqlite3
import time
from contextlib import closing
from typing import Final

from waypost.adapters.sql.sqlite.engine import database_path
from waypost.adapters.sql.sqlite.errors import translated_errors
from waypost.domain.errors import DatabaseDamaged

_INSTRUCTIONS: Final = 10_000
"""Of SQLite's virtual machine, between two looks at the clock."""


def check_integrity(url: str, *, within: float) -> bool:
    """Return whether all of the file that *url* names was checked in *within* seconds.

    Raises:
        DatabaseDamaged: Something in it is wrong.
        BackendUnavailable: It cannot be read.
    """
    deadline = time.monotonic() + within
    uri = f"{database_path(url).absolute().as_uri()}?mode=ro"
    with translated_errors(), closing(sqlite3.connect(uri, uri=True)) as connection:
        connection.set_progress_handler(
            lambda: time.monotonic() > deadline, _INSTRUCTIONS
        )
        try:
            (finding,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT:
                return False
            raise
    if finding != "ok":
        raise DatabaseDamaged from ValueError(finding)
    return True
