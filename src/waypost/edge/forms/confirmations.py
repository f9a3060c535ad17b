"""What the form of a page carries, which a visitor reads before going on.

It is signed with a secret of the store, so that every server accepts what another one
has made.
"""

from datetime import UTC, datetime
from typing import Final

from waypost.domain.abuse.confirmations import confirmation, confirms
from waypost.ports.near_cache import NearEntry
from waypost.ports.storage import InstanceSecrets

_KEY_NAME: Final = "confirmations"


class Confirmations:
    """Makes the texts of such forms, and recognises them."""

    def __init__(self, secrets: InstanceSecrets) -> None:
        """Sign with one of *secrets*."""
        self._secrets = secrets
        self._key = b""

    async def text(self, entry: NearEntry) -> str:
        """Return the text for a visitor who reads a page about *entry* now.

        Raises:
            BackendUnavailable: The key is not known yet, and the store does not answer.
        """
        return confirmation(
            await self._signing_key(),
            link_id=entry.link_id,
            version=entry.version,
            now=datetime.now(UTC),
        )

    async def holds(self, entry: NearEntry, text: str) -> bool:
        """Return whether *text* was made for *entry*, as it is now, not long ago.

        Raises:
            BackendUnavailable: As `text`.
        """
        return confirms(
            text,
            await self._signing_key(),
            link_id=entry.link_id,
            version=entry.version,
            now=datetime.now(UTC),
        )

    async def _signing_key(self) -> bytes:
        if not self._key:
            self._key = bytes.fromhex(await self._secrets.secret(_KEY_NAME))
        return self._key
