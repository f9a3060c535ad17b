"""The embedded database of a data folder, also where it is no longer used."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from shlex import quote
from urllib.parse import urlsplit

from sqlalchemy import Connection, select

from waypost.adapters.sql.database import DatabaseRefused
from waypost.adapters.sql.migrate import LOOKING_SECONDS, look
from waypost.adapters.sql.sqlite.engine import database_path
from waypost.adapters.sql.tables import links
from waypost.adapters.sql.transfer.promotion import read_mark
from waypost.adapters.sql.transfer.rows import present_tables
from waypost.config import Settings, load_settings
from waypost.domain.errors import BackendUnavailable
from waypost.wiring.parts.instance import DataDirError
from waypost.wiring.topology import StoreKind, topology_of

_POSTGRES_PORT = 5432


@dataclass(frozen=True, slots=True)
class LeftBehind:
    """Links of the embedded database that the database of the settings lacks."""

    finding: str
    remedy: str


def embedded(settings: Settings) -> Settings:
    """Return *settings* with the embedded database instead of their own."""
    if topology_of(settings).store is StoreKind.SQLITE:
        return settings
    return settings.model_copy(update={"DATABASE_URL": ""})


def destination_of(url: str) -> str:
    """Return host, port and name of a PostgreSQL database, without user or password."""
    parts = urlsplit(url)
    host = parts.hostname or "localhost"
    name = parts.path.lstrip("/") or parts.username or ""
    return f"{host}:{parts.port or _POSTGRES_PORT}/{name}"


def without_password(url: str) -> str:
    """Return *url* without secrets, for messages."""
    parts = urlsplit(url)
    user, _, address = parts.netloc.rpartition("@")
    name = user.partition(":")[0]
    netloc = f"{name}@{address}" if name else address
    return parts._replace(netloc=netloc, query="").geturl()


def with_known_password(settings: Settings, url: str) -> Settings:
    """Return *settings*, with *url* if it is their database with its password."""
    own = settings.DATABASE_URL
    if urlsplit(own).password is None and without_password(own) == without_password(
        url
    ):
        return settings.model_copy(update={"DATABASE_URL": url})
    return settings


def left_behind(settings: Settings) -> LeftBehind | None:
    """Return what *settings* leave behind in the data folder; None: nothing.

    That are links of the embedded database, where the database that takes its place
    has none at all.
    """
    url = embedded(settings).database_url
    if not topology_of(settings).is_shared or not database_path(url).exists():
        return None
    # A file that cannot be read is reported by other checks.
    with suppress(BackendUnavailable, DatabaseRefused):
        if _look(url, _keeps_links) and not _look(settings.database_url, _has_links):
            return LeftBehind(
                "DATABASE_URL names an empty database, but the links of this server "
                f"are in {database_path(url)}.",
                f"Move them with `{_promote(settings)}`, which reads DATABASE_URL too, "
                "or remove DATABASE_URL from the settings.",
            )
    return None


def _promote(settings: Settings) -> str:
    """Return the command that moves the links, without options that are set already."""
    command = "waypost promote"
    if settings.DATA_DIR == load_settings().DATA_DIR:
        return command
    return f"{command} --data-dir {quote(str(settings.DATA_DIR))}"


def require_nothing_left_behind(settings: Settings) -> None:
    """Refuse a database without the links that this server had until now.

    Raises:
        DataDirError: They are in the embedded database.
    """
    if left := left_behind(settings):
        raise DataDirError(f"{left.finding} {left.remedy}")


def _look(url: str, statement: Callable[[Connection], bool]) -> bool:
    return bool(look(url, statement, timeout_seconds=LOOKING_SECONDS))


def _keeps_links(connection: Connection) -> bool:
    """Return whether a database has links that were not moved away."""
    mark = read_mark(connection)
    return not (mark and mark.is_done) and _has_links(connection)


def _has_links(connection: Connection) -> bool:
    if links.name not in present_tables(connection):
        return False
    return connection.scalar(select(links.c.id).limit(1)) is not None
