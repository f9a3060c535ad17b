"""The settings as commands see them, and the server's address that follows."""

from ipaddress import ip_address

from waypost.cli.exits import WrongUsageError
from waypost.config import Settings, SettingsError, load_settings

_ANY_ADDRESS = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 - nothing listens here
"""Listening on all addresses, and one of them to connect to."""


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


def local_server(settings: Settings) -> str:
    """Return the URL at which the server of these settings is reached from here.

    Not `BASE_URL`: that is the server's name for visitors, which may lead through a
    proxy or not resolve on this machine.
    """
    host = _ANY_ADDRESS.get(settings.HOST, settings.HOST)
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.PORT}"


def server_address() -> str:
    """Return where the server of the settings in force is reached from here.

    Raises:
        WrongUsageError: A setting is wrong.
    """
    return local_server(read_settings())


def admin_token() -> str:
    """Return the token that permits changes of links.

    Raises:
        WrongUsageError: There is none in the settings, or a setting is wrong.
    """
    token = read_settings().ADMIN_TOKEN
    if not token:
        raise WrongUsageError(
            "This needs the server's admin token: set ADMIN_TOKEN here as it is set "
            "there, as an environment variable or in the file .env."
        )
    return token


def is_loopback(host: str) -> bool:
    """Return whether *host* is this machine itself, reached without a proxy."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
