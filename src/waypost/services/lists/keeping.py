"""Bring links and their clicks into the lists, in the background.

::

    round ─▶ links that changed, some at a time ─▶ clicks of the next links ─▶ pause

The pauses are long enough that creating, changing and counting go on as fast as
without: lists follow when there is time.
"""

from time import monotonic
from typing import Final

import structlog

from waypost.ports.links import LinkLists
from waypost.services.lists.pages import LISTED_AT_ONCE
from waypost.services.rounds import Rounds

POLL_SECONDS: Final = 1.0
"""How often changes are looked for where there were none."""
COMPARED_AT_ONCE: Final = 2_000
"""Links whose clicks are compared in one transaction."""
PAUSE_SECONDS: Final = 30.0
"""How long clicks are not compared once all of them were."""
_PAUSES: Final = 9.0
"""Pauses take so many times as long as the work between them."""

_log = structlog.get_logger()


class KeepLists:
    """Keeps the lists of one store up to date; several processes may do it."""

    def __init__(self, lists: LinkLists) -> None:
        self._lists = lists
        self._rounds = Rounds("list.not_kept", interval=POLL_SECONDS)
        self._is_behind = False
        self._compare_at = 0.0

    async def run(self) -> None:
        """Keep the lists up to date until cancelled."""
        await self._rounds.run(self._round)

    async def _round(self) -> float:
        began = monotonic()
        listed = await self._list_some()
        if listed < LISTED_AT_ONCE and monotonic() >= self._compare_at:
            if await self._lists.compare_clicks(limit=COMPARED_AT_ONCE):
                self._compare_at = monotonic() + PAUSE_SECONDS
                return POLL_SECONDS
        elif listed < LISTED_AT_ONCE:
            return POLL_SECONDS
        return _PAUSES * (monotonic() - began)

    async def _list_some(self) -> int:
        changed = await self._lists.list_changed(limit=LISTED_AT_ONCE)
        if changed:
            return changed
        older = await self._lists.list_older(limit=LISTED_AT_ONCE)
        if bool(older) is not self._is_behind:
            self._is_behind = bool(older)
            _log.info("list.filling" if older else "list.filled")
        return older
