"""Bring a database to the schema that this release needs."""

from typing import Final

import structlog
from sqlalchemy import inspect, text

from waypost.adapters.sql.engine import (
    DatabaseRefused,
    database_path,
    reading_engine,
    translated_errors,
    writing_engine,
)
from waypost.domain.errors import BackendUnavailable

log = structlog.get_logger()

HEAD: Final = "0001"
"""The newest revision. Revisions are numbered, so that later ones compare greater.

Kept here because asking Alembic means importing it, which every start would pay for.
"""

_SCRIPTS: Final = "waypost.adapters.sql:migrations"


class DatabaseTooNew(DatabaseRefused):
    """The database was migrated by a newer release."""

    def __init__(self, revision: str) -> None:
        super().__init__(
            f"The database has revision {revision}, but this release of Waypost knows "
            f"revisions up to {HEAD}. Run the release that migrated it or a newer one, "
            "or restore a backup made before."
        )


def current_revision(url: str) -> str | None:
    """Return the revision of the database that *url* names; None: it is empty.

    Makes no file where there is none.

    Raises:
        DatabaseRefused: *url* names no database that can be used.
        BackendUnavailable: The database cannot be read.
    """
    if not database_path(url).exists():
        return None
    engine = reading_engine(url, timeout_seconds=5)
    with translated_errors(), engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        revision: str | None = connection.scalar(
            text("SELECT version_num FROM alembic_version")
        )
        return revision


def needs_upgrade(url: str) -> bool:
    """Tell whether `upgrade` has something to do.

    Raises:
        DatabaseTooNew: A newer release has migrated the database.
        DatabaseRefused: *url* names no database that can be used.
        BackendUnavailable: The database cannot be read.
    """
    revision = current_revision(url)
    if revision and revision > HEAD:
        raise DatabaseTooNew(revision)
    return revision != HEAD


def upgrade(url: str, *, timeout_seconds: float = 60) -> None:
    """Migrate the database that *url* names to `HEAD`; make it if there is none.

    All steps are one transaction. Who comes while another process migrates waits up
    to *timeout_seconds* for it, and then finds the work done.

    Raises:
        DatabaseTooNew: A newer release has migrated the database.
        DatabaseRefused: *url* names no database that can be used.
        BackendUnavailable: The database cannot be written.
    """
    if not needs_upgrade(url):
        return
    from alembic import command
    from alembic.config import Config

    try:
        database_path(url).parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BackendUnavailable from error
    config = Config()
    config.set_main_option("script_location", _SCRIPTS)
    engine = writing_engine(url, timeout_seconds=timeout_seconds)
    with translated_errors(), engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, HEAD)
    log.info("database.upgraded", revision=HEAD)
