"""Storing up to which click of each lane a journal is on the bus.

    recorded up to here ─▶ (forwarded) ─▶ stated in the store ─▶ `gaps.py`

Only this shows a loss at the end of a lane: behind the clicks recorded last, no
later click is counted.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from waypost.domain.clicks import JournalPosition
from waypost.domain.errors import BackendUnavailable
from waypost.ports.gaps import ClickGaps
from waypost.services.rounds import Rounds

STATING_SECONDS = 2.0
"""How often heads are stated, if they have changed."""


class Recorded(NamedTuple):
    """How far a journal is recorded."""

    position: JournalPosition
    last: Sequence[int]
    """By lane, the sequence of the last click before `position`; 0: there is none."""


class HeadLoop:
    """States the heads of a journal, and of those before it, as long as it runs."""

    def __init__(
        self,
        *,
        journal: str,
        recorded: Callable[[], Recorded],
        gaps: ClickGaps,
        ended: Mapping[str, Sequence[int]],
    ) -> None:
        """State what *recorded* returns every two seconds, once it is forwarded.

        Clicks that are not on the bus yet are in the journal, and not missing. *ended*
        are the last sequences by lane of journals that no process records in any more;
        one that was killed has not stated them.
        """
        self._journal = journal
        self._recorded = recorded
        self._gaps = gaps
        self._ended = dict(ended)
        self._forwarded: JournalPosition | None = None
        self._moved = asyncio.Event()
        self._stated: Sequence[int] = ()
        self._rounds = Rounds(
            "heads.not_stated", interval=STATING_SECONDS, level=logging.DEBUG
        )

    def forwarded(self, position: JournalPosition) -> None:
        """Note that all clicks before *position* are on the bus."""
        self._forwarded = position
        self._moved.set()

    async def run(self) -> None:
        """State heads, until cancelled."""
        await self._rounds.run(self._round)

    async def end(self) -> None:
        """State the last heads, also of clicks that wait in the journal.

        No process forwards those until one opens the journal again.
        """
        try:
            await self._state(self._recorded().last)
        except BackendUnavailable as error:
            self._rounds.log(error)

    async def _round(self) -> float:
        for journal, last in list(self._ended.items()):
            await self._put(journal, last)
            del self._ended[journal]
        recorded = self._recorded()
        await self._reached(recorded.position)
        await self._state(recorded.last)
        return STATING_SECONDS

    async def _reached(self, position: JournalPosition) -> None:
        while self._forwarded is None or self._forwarded < position:
            self._moved.clear()
            await self._moved.wait()

    async def _state(self, last: Sequence[int]) -> None:
        if last != self._stated:
            await self._put(self._journal, last)
            self._stated = last

    async def _put(self, journal: str, last: Sequence[int]) -> None:
        heads = {lane: sequence for lane, sequence in enumerate(last) if sequence}
        if heads:
            await self._gaps.state_heads(journal, heads)
