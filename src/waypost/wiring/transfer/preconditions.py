"""What moving an embedded database and undoing the move have in common."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

from waypost.adapters.backup.staging import require_no_restore
from waypost.adapters.journal.files.folder import JournalInUseError, hold_lock
from waypost.adapters.sql.migrate import LOOKING_SECONDS, look
from waypost.adapters.sql.sqlite.engine import database_path
from waypost.config import Settings
from waypost.domain.errors import BackendUnavailable, Unusable

T = TypeVar("T")

WRITING_SECONDS = 60.0
"""Deadline for a change of the file to begin, and then to end."""


class PromotionError(Unusable):
    """The database cannot be moved; the text says why and what to do."""


def require_file(source: Settings) -> Path:
    """Return the file of an embedded database.

    Raises:
        PromotionError: There is none.
    """
    path = database_path(source.database_url)
    if not path.exists():
        raise PromotionError(
            f"There is no embedded database {path}, so there is nothing to move. If it "
            "is somewhere else, name its folder with --data-dir."
        )
    return path


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Keep servers from using the data folder meanwhile.

    Raises:
        PromotionError: One is using it.
        RestoreUnfinishedError, JournalError, BackendUnavailable: It cannot be used.
    """
    try:
        with hold_lock(settings.journal_folder):
            require_no_restore(settings.DATA_DIR)
            yield
    except JournalInUseError as error:
        raise PromotionError(
            f"A server uses the data folder {settings.DATA_DIR.absolute()} "
            f"({error.holder}). Stop it, and run this command again."
        ) from error
    except OSError as error:
        raise BackendUnavailable from error


def look_at(url: str, statement: Callable[[Connection], T]) -> T | None:
    """Return what *statement* finds in a database; None: there is no SQLite file.

    Raises:
        DatabaseRefused, BackendUnavailable: It cannot be read.
    """
    return look(url, statement, timeout_seconds=LOOKING_SECONDS)
