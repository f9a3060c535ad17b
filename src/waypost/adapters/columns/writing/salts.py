"""The secrets of days, by which visitors are recognised within a day."""

import secrets
from typing import Final

from waypost.adapters.columns.drivers.connection import Connection
from waypost.adapters.columns.schema import set_state, state

_BYTES: Final = 32


def salt_of(connection: Connection, day: int) -> bytes | None:
    """Return the salt of *day*, made if needed; None: it was destroyed."""
    found = _stored(connection, day)
    if found is not None or day < state(connection, "hashes_from"):
        return found
    with connection.writing():
        # Another process may have been first.
        connection.run(
            "INSERT INTO click_salts (day, salt) VALUES (?, ?) "
            "ON CONFLICT (day) DO NOTHING",
            day,
            secrets.token_bytes(_BYTES),
        )
        return _stored(connection, day)


def destroy_before(connection: Connection, day: int) -> None:
    """Destroy the salts, and forget the hashes, of the days before *day*.

    Without its salt a hash is a random number; only salts are overwritten on the disk.
    """
    with connection.scrub(), connection.writing():
        set_state(connection, "hashes_from", day)
        connection.run("DELETE FROM click_salts WHERE day < ?", day)
        connection.run("DELETE FROM click_visitors WHERE day < ?", day)
        connection.run("DELETE FROM click_new_values WHERE day < ?", day)


def _stored(connection: Connection, day: int) -> bytes | None:
    rows: list[tuple[bytes]] = connection.fetch(
        "SELECT salt FROM click_salts WHERE day = ?", day
    )
    return rows[0][0] if rows else None
