"""Keeping the most clicked links in the shared cache.

    hot set ─▶ codes ─▶ store ─▶ links ─▶ shared cache, never older than what it has

One process does it, and another one takes over within seconds when it is gone.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, NamedTuple

import structlog

from waypost.domain.codes import may_be_code
from waypost.domain.errors import BackendUnavailable
from waypost.ports.hot_links import HotLinks
from waypost.ports.leadership import Leadership
from waypost.ports.links import LinkReader
from waypost.ports.shared_cache import SharedCache
from waypost.services.rounds import Rounds
from waypost.telemetry.metrics import Metrics

_LINKS_AT_ONCE: Final = 5_000
"""Links that are read and shared together: memory for more is not needed."""
_RENEWALS: Final = 3
"""How often leadership is renewed in its lifetime: a lost renewal does no harm."""
_FADE_SECONDS: Final = 600
"""How often scores are halved, so that links that are popular today replace others."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmContext:
    """The backends of warming."""

    hot: HotLinks
    """Holds the codes that are clicked most."""
    links: LinkReader
    """Holds their links."""
    shared: SharedCache
    """Gets them."""
    metrics: Metrics


class Warmed(NamedTuple):
    """The result of a round."""

    hot: Sequence[str]
    """The codes of the hot set, the most clicked first."""
    links: int
    """How many links were put into the shared cache."""


async def warm(
    *, limit: int, hot_before: Sequence[str], context: WarmContext
) -> Warmed:
    """Put the *limit* most clicked links into the shared cache.

    *hot_before* are the codes of the round before: if the hot set has lost most of
    them, Redis has lost its memory, and they are what visitors ask for now. Without
    any, the links that have most clicks at all are taken.

    Raises:
        BackendUnavailable: Redis or the store does not answer.
    """
    links, shared = context.links, context.shared
    found = await context.hot.hottest(limit=limit)
    codes = found
    if len(found) < len(hot_before) / 2:
        codes = list(dict.fromkeys([*found, *hot_before]))[:limit]
    if not codes:
        most_clicked = await links.most_clicked(limit=limit)
        await shared.put(most_clicked)
        return Warmed(found, len(most_clicked))
    warmed = 0
    for start in range(0, len(codes), _LINKS_AT_ONCE):
        some = [c for c in codes[start : start + _LINKS_AT_ONCE] if may_be_code(c)]
        existing = await links.by_codes(some)
        await shared.put(existing)
        warmed += len(existing)
    return Warmed(found, warmed)


class WarmLoop:
    """Warms every *interval* seconds for as long as it runs and leads."""

    def __init__(
        self,
        *,
        leadership: Leadership,
        context: WarmContext,
        interval: float,
        limit: int,
    ) -> None:
        self._leadership = leadership
        self._context = context
        self._interval = interval
        self._limit = limit
        self._leading = asyncio.Event()
        self._hot_before: Sequence[str] = ()
        self._renewing = Rounds(
            "warm.leadership_unknown",
            interval=leadership.lifetime_seconds / _RENEWALS,
            level=logging.WARNING,
        )
        # A Redis that comes back may be empty: a round that failed is soon repeated.
        self._warming = Rounds(
            "warm.failed",
            interval=interval,
            counter=context.metrics.warm_failures,
            level=logging.WARNING,
        )

    async def run(self) -> None:
        """Lead whenever no other warmer does, and warm then, until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._renewing.run(self._renew))
                group.create_task(self._warming.run(self._round))
        finally:
            self._note_leading(leads=False)
            # If this fails, the leadership expires by itself.
            with suppress(BackendUnavailable):
                await self._leadership.resign()

    async def _renew(self) -> float:
        leads = False
        try:
            leads = await self._leadership.hold()
        finally:
            self._note_leading(leads=leads)
        return self._leadership.lifetime_seconds / _RENEWALS

    def _note_leading(self, *, leads: bool) -> None:
        if leads != self._leading.is_set():
            _log.info("warm.leading" if leads else "warm.standing_by")
        if leads:
            self._leading.set()
        else:
            self._leading.clear()
        self._context.metrics.warm_leader.set(leads)

    async def _round(self) -> float:
        """Warm once, when this process leads."""
        await self._leading.wait()
        began = time.perf_counter()
        await self._context.hot.fade(every_seconds=_FADE_SECONDS)
        done = await warm(
            limit=self._limit, hot_before=self._hot_before, context=self._context
        )
        self._hot_before = done.hot
        self._measure(done, seconds=time.perf_counter() - began)
        return self._interval

    def _measure(self, done: Warmed, *, seconds: float) -> None:
        metrics = self._context.metrics
        metrics.warm_links.inc(done.links)
        metrics.warm_seconds.observe(seconds)
        metrics.warm_last_round.set_to_current_time()
        _log.debug(
            "warm.round_done",
            hot=len(done.hot),
            links=done.links,
            seconds=round(seconds, 6),
        )
