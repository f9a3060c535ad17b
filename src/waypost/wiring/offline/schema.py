"""The database's schema as the command line sees it, with or without a server."""

from dataclasses import dataclass

from waypost.adapters.sql import migrate
from waypost.adapters.sql.sqlite.integrity import check_integrity
from waypost.config import Settings, SettingsError
from waypost.wiring.topology import topology_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Schema:
    """The database's schema, and the one that this release needs."""

    current: str | None
    """The revision of the database; None: it is empty, or there is none."""
    newest: str

    @property
    def is_current(self) -> bool:
        """Whether there is nothing to upgrade."""
        return self.current == self.newest


def read_schema(
    settings: Settings, *, timeout_seconds: float = migrate.LOOKING_SECONDS
) -> Schema:
    """Return the state of the database's schema. Makes no database.

    Connecting to it takes *timeout_seconds* at most, and so does the answer.

    Raises:
        SettingsError: The settings name no database that lasts.
        DatabaseRefused: It cannot be used, or a newer release has upgraded it.
        BackendUnavailable: It does not answer.
    """
    url = _lasting_url(settings)
    if migrate.needs_upgrade(url, timeout_seconds=timeout_seconds):
        current = migrate.current_revision(url, timeout_seconds=timeout_seconds)
        return Schema(current=current, newest=migrate.HEAD)
    return Schema(current=migrate.HEAD, newest=migrate.HEAD)


def is_whole(settings: Settings, *, within: float) -> bool:
    """Return whether the check of an embedded database was finished *within* seconds.

    True for a server's database, which checks its own files.

    Raises:
        DatabaseDamaged: It is damaged.
        BackendUnavailable: It cannot be read.
    """
    url = _lasting_url(settings)
    return topology_of(settings).is_shared or check_integrity(url, within=within)


def upgrade_schema(settings: Settings) -> None:
    """Upgrade the database's schema; make the database if there is none.

    Raises:
        As `read_schema`.
    """
    migrate.upgrade(_lasting_url(settings))


def _lasting_url(settings: Settings) -> str:
    """Return the URL of the database.

    Raises:
        SettingsError: It does not outlive the server.
    """
    if not topology_of(settings).is_lasting:
        raise SettingsError(
            "DATABASE_URL is memory://, which only the server itself can read."
        )
    return settings.database_url
