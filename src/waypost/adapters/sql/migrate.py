"""Bring a database to the schema that this release needs."""

from collections.abc import Callable
from typing import Final, TypeVar

import structlog
from sqlalchemy import Connection, inspect, text

from waypost.adapters.sql.database import DatabaseRefused, is_postgres
from waypost.adapters.sql.opening import require_driver
from waypost.adapters.sql.transfer.promotion import (
    PROMOTED,
    DatabasePromoted,
    read_mark,
)

T = TypeVar("T")

log = structlog.get_logger()

HEAD: Final = "0033"
"""The newest revision. Revisions are numbered, so that later ones compare greater.

Kept here because asking Alembic means importing it, which every start would pay for.
"""

LOOKING_SECONDS: Final = 5.0
"""Deadline for beginning to read a database, and then for finishing."""

_OTHERS_SECONDS: Final = 60.0
"""How long an upgrade waits for one by another process."""

_SCRIPTS: Final = "waypost.adapters.sql:migrations"


class DatabaseTooNew(DatabaseRefused):
    """The database was migrated by a newer release."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"The database has revision {revision}, but this release of Waypost knows "
            f"revisions up to {HEAD}. Run the release that migrated it or a newer one, "
            "or restore a backup made before."
        )


def current_revision(
    url: str, *, timeout_seconds: float = LOOKING_SECONDS
) -> str | None:
    """Return the revision of the database that *url* names; None: it is empty.

    No file is created where there is none.

    Raises:
        DatabaseRefused: *url* names no database that can be used, or one whose rows
            were moved to another one.
        BackendUnavailable: The database cannot be read.
    """
    return look(url, revision_of, timeout_seconds=timeout_seconds)


def needs_upgrade(url: str, *, timeout_seconds: float = LOOKING_SECONDS) -> bool:
    """Return whether `upgrade` has something to do.

    Raises:
        DatabaseTooNew: A newer release has migrated the database.
        DatabaseRefused: *url* names no database that can be used.
        BackendUnavailable: The database cannot be read.
    """
    return _is_behind(current_revision(url, timeout_seconds=timeout_seconds))


def upgrade(url: str) -> None:
    """Migrate the database that *url* names to `HEAD`.

    All steps are one transaction. A process that starts while another one migrates
    waits up to a minute for it, and then finds the work done. A SQLite file is made if
    there is none; a PostgreSQL database must exist.

    Raises:
        DatabaseTooNew: A newer release has migrated the database.
        DatabaseRefused: *url* names no database that can be used.
        BackendUnavailable: The database cannot be written.
    """
    if needs_upgrade(url):
        change(url, _upgrade, timeout_seconds=_OTHERS_SECONDS)
        log.info("database.upgraded", revision=HEAD)


def revision_of(connection: Connection) -> str | None:
    """Return the revision of a database; None: it is empty, or not one of ours.

    Raises:
        DatabasePromoted: Its rows were moved to another one.
    """
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(
        text("SELECT version_num FROM alembic_version")
    )
    if revision == PROMOTED and (mark := read_mark(connection)):
        raise DatabasePromoted(mark)
    return revision


def _is_behind(revision: str | None) -> bool:
    if revision and revision > HEAD:
        raise DatabaseTooNew(revision)
    return revision != HEAD


def _upgrade(connection: Connection) -> None:
    # Another process may have migrated first, possibly a newer release.
    if not _is_behind(revision_of(connection)):
        return
    make_schema(connection, HEAD)


def make_schema(connection: Connection, revision: str) -> None:
    """Migrate to *revision*, from an older one or from nothing."""
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", _SCRIPTS)
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def look(
    url: str, statement: Callable[[Connection], T], *, timeout_seconds: float
) -> T | None:
    """Return what *statement* finds in a database; None: there is no SQLite file."""
    if is_postgres(url):
        require_driver()
        from waypost.adapters.sql.postgres.schema import look as do
    else:
        from waypost.adapters.sql.sqlite.schema import look as do
    return do(url, statement, timeout_seconds=timeout_seconds)


def change(
    url: str, statement: Callable[[Connection], None], *, timeout_seconds: float
) -> None:
    """Run *statement* in one transaction, as the only process that migrates."""
    if is_postgres(url):
        from waypost.adapters.sql.postgres.schema import change as do
    else:
        from waypost.adapters.sql.sqlite.schema import change as do
    do(url, statement, timeout_seconds=timeout_seconds)
