"""When keys were used last, written down beside the requests and not in them."""

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import Final

from waypost.domain.errors import BackendUnavailable
from waypost.ports.access.keys import KeyStorage
from waypost.services.rounds import Rounds

INTERVAL_SECONDS: Final = 60.0
"""How often it is written down."""
_LAST_SECONDS: Final = 1.0
"""How long the last writing may take."""


class KeyUses:
    """The uses that are not written down yet; belongs to one event loop."""

    def __init__(self, storage: KeyStorage) -> None:
        self._storage = storage
        self._used_at: dict[str, datetime] = {}
        self._rounds = Rounds("keys.uses_not_written", interval=INTERVAL_SECONDS)

    def note(self, key_id: str, now: datetime) -> None:
        """Remember that a key was used."""
        self._used_at[key_id] = now

    async def run(self) -> None:
        """Write down, each minute, which keys were used."""
        await self._rounds.run(self._round)

    async def end(self) -> None:
        """Write down what is left; it is lost if the store does not answer."""
        with suppress(BackendUnavailable, TimeoutError):
            async with asyncio.timeout(_LAST_SECONDS):
                await self.write()

    async def write(self) -> None:
        """Write down the uses until now.

        Raises:
            BackendUnavailable: The store does not answer; they are kept.
        """
        used_at = dict(self._used_at)
        if not used_at:
            return
        async with self._storage.transaction() as transaction:
            await transaction.keys.use(used_at)
        for key_id, moment in used_at.items():
            if self._used_at[key_id] == moment:
                del self._used_at[key_id]

    async def _round(self) -> float:
        await self.write()
        return INTERVAL_SECONDS
