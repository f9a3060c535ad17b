"""Carry changes of one tag out on all links that have it, some at a time.

::

    change is noted, with the tag's own ─▶ links with the tag, 250 in a transaction ─▶
    the lists follow them ─▶ … ─▶ a whole pass has changed none ─▶ the change is over

What is noted is taken up again by the next process that looks, so that one that is
killed leaves nothing half done. A link that another editor changes meanwhile keeps that
change, and is changed in the next pass.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from time import monotonic
from typing import Final

import structlog

from waypost.domain.links import Link
from waypost.domain.tags.values import TagChange
from waypost.ports.leadership import Leadership
from waypost.services.lists.pages import LISTED_AT_ONCE
from waypost.services.rounds import Rounds
from waypost.services.tags.context import TagContext

CHANGED_AT_ONCE: Final = 250
"""Links that are changed in one transaction: other writers wait for it."""
POLL_SECONDS: Final = 2.0
"""How often changes of other processes are looked for."""
AT_ONCE_SECONDS: Final = 1.0
"""How long the request for a change carries it out itself."""
_PAUSES: Final = 1.0
"""Pauses take so many times as long as the work between them."""
_BEFORE_ALL: Final = -1

_log = structlog.get_logger()


@dataclass(slots=True)
class _Pass:
    """How far the links of one change were looked at."""

    number: int | None
    """Of the change; None: of none."""
    after: int = _BEFORE_ALL
    has_changed: bool = False


class TagChanges:
    """Carries the noted changes out, the oldest first."""

    def __init__(
        self, context: TagContext, *, leadership: Leadership | None = None
    ) -> None:
        """Do it in the background while *leadership* is ours; None: always."""
        self._context = context
        self._leadership = leadership
        self._rounds = Rounds("tags.not_changed", interval=POLL_SECONDS)
        self._pass = _Pass(None)
        # Requests and the background share the pass.
        self._turn = asyncio.Lock()

    def nudge(self) -> None:
        """Look for changes now."""
        self._rounds.nudge()

    async def run(self) -> None:
        """Carry changes out until cancelled."""
        await self._rounds.run(self._round)

    async def some(self, *, seconds: float = AT_ONCE_SECONDS) -> bool:
        """Carry changes out for so many seconds; return whether all are done.

        Raises:
            BackendUnavailable: The store does not answer.
        """
        until = monotonic() + seconds
        while await self._step():
            if monotonic() >= until:
                return False
        return True

    async def _round(self) -> float:
        began = monotonic()
        if await self._context.tags.next_change() is None:
            return POLL_SECONDS
        if self._leadership is not None and not await self._leadership.hold():
            return POLL_SECONDS
        return _PAUSES * (monotonic() - began) if await self._step() else POLL_SECONDS

    async def _step(self) -> bool:
        """Change the next links; return whether there was anything to do."""
        async with self._turn:
            return await self._change_next()

    async def _change_next(self) -> bool:
        change = await self._context.tags.next_change()
        if change is None:
            return False
        if change.number != self._pass.number:
            self._pass = _Pass(change.number)
        now_at = self._pass
        ids = await self._context.tags.tagged(
            change.old, after=now_at.after, limit=CHANGED_AT_ONCE
        )
        if ids:
            now_at.has_changed |= await self._change(change, ids)
            now_at.after = ids[-1]
        are_listed = await self._bring_lists_up_to_date()
        if len(ids) < CHANGED_AT_ONCE:
            if are_listed and not now_at.has_changed:
                await self._end(change)
            self._pass = _Pass(change.number)
        return True

    async def _change(self, change: TagChange, ids: Sequence[int]) -> bool:
        """Change those links; return whether there were any that needed it."""
        found = await self._context.storage.links.by_ids(ids)
        new = [one for link in found if (one := self._changed(change, link))]
        if new:
            async with self._context.storage.transaction() as transaction:
                await transaction.tags.replace(new)
        return bool(new)

    def _changed(self, change: TagChange, link: Link) -> Link | None:
        """Return the next version of *link*; None: it is as it should be."""
        tags = change.changed(link.options.tags)
        if tags == link.options.tags:
            return None
        return replace(
            link,
            version=link.version + 1,
            updated_at=self._context.clock.now(),
            options=replace(link.options, tags=tags),
        )

    async def _bring_lists_up_to_date(self) -> bool:
        """Let the lists follow; return whether they have every link now.

        Links are found by the lists, so a flood of changes must not leave them behind.
        """
        lists = self._context.lists
        for _ in range(2 * CHANGED_AT_ONCE // LISTED_AT_ONCE + 1):
            if await lists.list_changed(limit=LISTED_AT_ONCE) < LISTED_AT_ONCE:
                return await lists.list_older(limit=LISTED_AT_ONCE) == 0
        return False

    async def _end(self, change: TagChange) -> None:
        async with self._context.storage.transaction() as transaction:
            await transaction.tags.end(change)
        _log.info("tags.changed", is_removal=change.new is None)
