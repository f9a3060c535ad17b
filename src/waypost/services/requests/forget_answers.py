"""Forgetting answers to requests that may not be sent again any more."""

from typing import Final

from waypost.ports.bulk.answers import KEPT
from waypost.ports.runtime import Clock
from waypost.ports.storage import Storage
from waypost.services.rounds import Rounds

INTERVAL_SECONDS: Final = 600.0
"""How often old answers are looked for."""
MAX_ANSWERS: Final = 1_000
"""How many are forgotten in one transaction: other writers wait for it."""


class ForgetAnswers:
    """Removes old answers from one store; several processes may do it."""

    def __init__(self, storage: Storage, *, clock: Clock) -> None:
        self._storage = storage
        self._clock = clock
        self._rounds = Rounds("answers.not_forgotten", interval=1.0)

    async def run(self) -> None:
        """Forget old answers until cancelled."""
        await self._rounds.run(self.round)

    async def round(self) -> float:
        """Forget some; return how many seconds to wait before the next ones.

        Raises:
            BackendUnavailable: The store does not answer.
        """
        before = self._clock.now() - KEPT
        async with self._storage.transaction() as transaction:
            forgotten = await transaction.answers.forget(
                before=before, limit=MAX_ANSWERS
            )
        return INTERVAL_SECONDS if forgotten < MAX_ANSWERS else 1.0
