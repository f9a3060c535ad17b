"""The salts of the days that are at work, asked for once a day."""

import secrets
from collections.abc import Iterable

from waypost.ports.analytics.rows import VisitorSalts

_BYTES = 32


class DailySalts:
    """Remembers salts until the UTC day ends: then some of them must be forgotten."""

    def __init__(self, salts: VisitorSalts) -> None:
        self._salts = salts
        self._today: int | None = None
        self._known: dict[int, bytes] = {}

    async def of_days(self, days: Iterable[int], *, today: int) -> dict[int, bytes]:
        """Return the salt of each of *days*.

        A day whose salt was destroyed has one that no other process knows: a visitor
        of that day who comes so late is a new one.

        Raises:
            BackendUnavailable: The store does not answer.
        """
        if today != self._today:
            self._known.clear()
            self._today = today
        for day in set(days).difference(self._known):
            salt = await self._salts.salt(day)
            self._known[day] = salt or secrets.token_bytes(_BYTES)
        return self._known
