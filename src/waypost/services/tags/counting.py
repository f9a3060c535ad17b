"""Count the links and clicks of tags anew, one tag at a time.

They are counted whenever a link is listed. Only what was there before tags were
counted, or what an older release beside this one lists, is missed.
"""

from time import monotonic
from typing import Final

from waypost.ports.leadership import Leadership
from waypost.ports.tags.store import TagReader
from waypost.services.rounds import Rounds

POLL_SECONDS: Final = 60.0
"""How often it is looked whether another process counts, or it is time again."""
PAUSE_SECONDS: Final = 3_600.0
"""How long nothing is counted once all tags were."""
_PAUSES: Final = 9.0
"""Pauses take so many times as long as the work between them."""
_BEFORE_ALL: Final = ""


class CountTags:
    """Keeps the numbers of tags right, also if other releases change links."""

    def __init__(self, tags: TagReader, *, leadership: Leadership | None) -> None:
        """Count while *leadership* is ours; None: no other process has the links."""
        self._tags = tags
        self._leadership = leadership
        self._rounds = Rounds("tags.not_counted", interval=POLL_SECONDS)
        self._after = _BEFORE_ALL
        self._next_at = 0.0

    async def run(self) -> None:
        """Count until cancelled."""
        await self._rounds.run(self.round)

    async def round(self) -> float:
        """Count the next tag; return for how many seconds to pause.

        Raises:
            BackendUnavailable: The store does not answer.
        """
        began = monotonic()
        if self._leadership is not None and not await self._leadership.hold():
            return POLL_SECONDS
        if began < self._next_at:
            return POLL_SECONDS
        counted = await self._tags.recount(self._after)
        self._after = _BEFORE_ALL if counted is None else counted
        if counted is None:
            self._next_at = monotonic() + PAUSE_SECONDS
            return POLL_SECONDS
        return _PAUSES * (monotonic() - began)
