"""Making and comparing hashes of passwords."""

from typing import Protocol

from waypost.domain.passwords.texts import PasswordHash


class PasswordHasher(Protocol):
    """Takes tens of milliseconds for each hash, on purpose, and never the event loop's.

    So few are made at the same time, and few wait for their turn.
    """

    async def hash(self, password: str) -> PasswordHash:
        """Return what is kept of *password*; each time something else.

        Raises:
            BackendUnavailable: Too many wait already.
        """
        ...

    async def is_right(self, password: str, hashed: PasswordHash) -> bool:
        """Return whether *hashed* was made of *password*.

        Raises:
            BackendUnavailable: Too many wait already.
        """
        ...
