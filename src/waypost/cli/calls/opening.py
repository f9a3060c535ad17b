"""The server that a command asks, and the key that it sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from waypost.cli.calls.connection import Connection


def connect(server: str | None, *, is_dry_run: bool = False) -> Connection:
    """Return the *server*, or that of the settings, with the key for it.

    *is_dry_run*: what would change something is only checked.

    Raises:
        WrongUsageError: No key is known, or the address or a setting is wrong.
        CommandError: The file of logins cannot be used.
    """
    from waypost.cli.calls.connection import Connection
    from waypost.cli.configuration import needed_key, server_address

    address = server or server_address()
    return Connection(address, key=needed_key(address), is_dry_run=is_dry_run)
