"""Compare existing links with the blocklists, in the background.

::

    another list than last time ─▶ some links at a time, the newest first ─▶ pause
                                     ├─▶ blocked, and free: put in quarantine
                                     └─▶ not blocked any more: released

What an admin has put in quarantine stays there. Links that are made meanwhile are
compared when they are made.
"""

from time import monotonic
from typing import Final

import structlog

from waypost.domain.abuse.quarantine import (
    Quarantine,
    QuarantineMode,
    QuarantineReason,
)
from waypost.domain.audit.entries import BY_SERVER
from waypost.domain.errors import LinkDeleted, LinkNotFound
from waypost.domain.links import Link
from waypost.domain.verdict import targets_of
from waypost.ports.abuse.blocklists import Comparison, Comparisons
from waypost.ports.leadership import Leadership
from waypost.services.abuse.quarantining import quarantining
from waypost.services.links.context import LinkContext
from waypost.services.links.edit import change_link
from waypost.services.rounds import Rounds

POLL_SECONDS: Final = 5.0
"""How often it is looked for another list."""
SETTLE_SECONDS: Final = 30.0
"""How long another list waits, so that every server has it by then."""
COMPARED_AT_ONCE: Final = 200
_BLOCKLIST: Final = QuarantineReason.BLOCKLIST
_PAUSES: Final = 4.0
"""Pauses take so many times as long as the work between them."""

_log = structlog.get_logger()


class CompareLinks:
    """Puts links in quarantine that lead to what is blocked, and releases them."""

    def __init__(
        self,
        *,
        context: LinkContext,
        comparisons: Comparisons,
        leadership: Leadership | None,
        settle_seconds: float = SETTLE_SECONDS,
    ) -> None:
        """Compare while *leadership* is ours; None: no other process has the links."""
        self._context = context
        self._comparisons = comparisons
        self._leadership = leadership
        self._settle_seconds = settle_seconds
        self._rounds = Rounds("blocklist.not_compared", interval=POLL_SECONDS)
        self._seen = ("", 0.0)
        self._changed = 0

    async def run(self) -> None:
        """Compare whenever there is another list, until cancelled."""
        await self._rounds.run(self.round)

    async def round(self) -> float:
        """Compare some links; return for how many seconds to pause.

        Raises:
            BackendUnavailable: The store does not answer.
        """
        began = monotonic()
        fingerprint = self._context.blocklists.current.fingerprint()
        if self._seen[0] != fingerprint:
            self._seen = (fingerprint, began)
        last = await self._comparisons.last()
        if last.fingerprint == fingerprint and last.is_done:
            return POLL_SECONDS
        if not last.fingerprint and not len(self._context.blocklists.current):
            return POLL_SECONDS  # There never was a list.
        if began - self._seen[1] < self._settle_seconds:
            return min(POLL_SECONDS, self._settle_seconds)
        if self._leadership is not None and not await self._leadership.hold():
            return POLL_SECONDS
        if last.fingerprint != fingerprint:
            last = Comparison(fingerprint, None)
        await self._comparisons.keep(await self._compared(last))
        return _PAUSES * (monotonic() - began)

    async def _compared(self, last: Comparison) -> Comparison:
        """Compare the next links; return how far that is."""
        found = await self._context.storage.links.newest(
            limit=COMPARED_AT_ONCE, before_id=last.before_id
        )
        for counted in found:
            await self._compare(counted.link)
        if len(found) == COMPARED_AT_ONCE:
            return last._replace(before_id=found[-1].link.id)
        _log.info("blocklist.compared", changed=self._changed)
        self._changed = 0
        return last._replace(before_id=0)

    async def _compare(self, link: Link) -> None:
        entry, quarantine = self._entry_of(link), link.options.quarantine
        if entry is None:
            if (
                quarantine is None
                or quarantine.reason is not QuarantineReason.BLOCKLIST
            ):
                return
            new = None
        elif quarantine is not None:
            return
        else:
            new = Quarantine(
                mode=QuarantineMode.BLOCK,
                reason=_BLOCKLIST,
                note=entry,
                since=self._context.clock.now(),
            )
        try:
            change = quarantining(
                new,
                versions=None,
                context=self._context,
                replaces=lambda old: old == quarantine,
            )
            await change_link(link.key, change, by=BY_SERVER, context=self._context)
        except (LinkNotFound, LinkDeleted):
            return
        self._changed += 1

    def _entry_of(self, link: Link) -> str | None:
        blocked = map(self._context.blocklists.current.entry_of, targets_of(link))
        return next((entry for entry in blocked if entry is not None), None)
