"""The settings as commands see them, and the server's address that follows."""

from waypost.cli.exits import CommandError, WrongUsageError
from waypost.config import Settings, SettingsError, load_settings
from waypost.domain.errors import Unusable


def read_settings(**overrides: object) -> Settings:
    """Read the settings; those of *overrides* that are not None win.

    Raises:
        WrongUsageError: A setting is wrong.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return load_settings(**given)
    except SettingsError as error:
        raise WrongUsageError(str(error)) from error


def server_address() -> str:
    """Return where the server of the settings in force is reached from here.

    Raises:
        WrongUsageError: A setting is wrong.
    """
    return read_settings().local_url


def known_key(server: str) -> str:
    """Return the key for the server at the URL *server*; empty: none is known.

    `WAYPOST_KEY` goes before the login to that server, and this before `ADMIN_TOKEN`.

    Raises:
        WrongUsageError: A setting is wrong.
        CommandError: The file of logins cannot be used.
    """
    from waypost.wiring.access.logins import open_logins

    settings = read_settings()
    if settings.WAYPOST_KEY:
        return settings.WAYPOST_KEY
    try:
        stored = open_logins(settings).key(server)
    except Unusable as error:
        raise CommandError(str(error)) from error
    return stored or settings.ADMIN_TOKEN


def needed_key(server: str) -> str:
    """Return the key for the server at the URL *server*.

    Raises:
        WrongUsageError: None is known, or a setting is wrong.
        CommandError: The file of logins cannot be used.
    """
    key = known_key(server)
    if not key:
        raise WrongUsageError(
            f"This needs a key of {server}: log in with `waypost login`, or set "
            "WAYPOST_KEY, or set ADMIN_TOKEN as it is set there. At the server's "
            "machine `waypost keys create --admin` makes a key."
        )
    return key
