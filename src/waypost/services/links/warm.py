"""Keeping the most clicked links in the shared cache.

    hot set ─▶ codes ─▶ store ─▶ links ─▶ shared cache, never older than what it has

One process does it, and another one takes over within seconds when it is gone.
"""

import asyncio
import time
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, NamedTuple

import structlog

from waypost.domain.codes import may_be_code
from waypost.domain.errors import BackendUnavailable
from waypost.ports.hot_links import HotLinks
from waypost.ports.leadership import Leadership
from waypost.ports.links import LinkReader
from waypost.ports.shared_cache import SharedCache
from waypost.telemetry.log_throttle import LogThrottle
from waypost.telemetry.metrics import Metrics

_LINKS_AT_ONCE: Final = 5_000
"""Links that are read and shared together: memory for more is not needed."""
_RENEWALS: Final = 3
"""How often leadership is renewed in its lifetime: a lost renewal does no harm."""
_FADE_SECONDS: Final = 600
"""How often heat is halved, so that links that are hot today replace older ones."""
_RETRY_SECONDS: Final = 2.0
"""When a failed round is tried again. A Redis that comes back may be empty."""

_log = structlog.get_logger()


class Warmed(NamedTuple):
    """What a round has done."""

    hot: Sequence[str]
    """The codes of the hot set, the hottest first."""
    links: int
    """How many links were put into the shared cache."""


async def warm(
    *,
    limit: int,
    hot_before: Sequence[str],
    hot: HotLinks,
    links: LinkReader,
    shared: SharedCache,
) -> Warmed:
    """Put the *limit* most clicked links into the shared cache.

    *hot_before* are the codes of the round before: if the hot set has lost most of
    them, Redis has lost its memory, and they are what visitors ask for now. Without
    any, the links that have most clicks at all are taken.

    Raises:
        BackendUnavailable: Redis or the store does not answer.
    """
    found = await hot.hottest(limit=limit)
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

    def __init__(  # noqa: PLR0913  # what it works with
        self,
        *,
        leadership: Leadership,
        hot: HotLinks,
        links: LinkReader,
        shared: SharedCache,
        metrics: Metrics,
        interval: float,
        limit: int,
    ) -> None:
        self._leadership = leadership
        self._hot = hot
        self._links = links
        self._shared = shared
        self._metrics = metrics
        self._interval = interval
        self._limit = limit
        self._leading = asyncio.Event()
        self._hot_before: Sequence[str] = ()
        self._throttle = LogThrottle()

    async def run(self) -> None:
        """Lead whenever nobody else does, and warm then, until cancelled."""
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep_leading())
                group.create_task(self._keep_warm())
        finally:
            self._note_leading(leads=False)
            # If this fails, the leadership ends by itself.
            with suppress(BackendUnavailable):
                await self._leadership.resign()

    async def _keep_leading(self) -> None:
        while True:
            try:
                leads = await self._leadership.hold()
            except BackendUnavailable as error:
                leads = False
                self._report("warm.leadership_unknown", error)
            self._note_leading(leads=leads)
            await asyncio.sleep(self._leadership.lifetime_seconds / _RENEWALS)

    def _note_leading(self, *, leads: bool) -> None:
        if leads != self._leading.is_set():
            _log.info("warm.leading" if leads else "warm.standing_by")
        if leads:
            self._leading.set()
        else:
            self._leading.clear()
        self._metrics.warm_leader.set(leads)

    async def _keep_warm(self) -> None:
        while True:
            await self._leading.wait()
            succeeded = await self._round()
            pause = self._interval
            await asyncio.sleep(pause if succeeded else min(pause, _RETRY_SECONDS))

    async def _round(self) -> bool:
        """Warm once; return whether that succeeded."""
        began = time.perf_counter()
        try:
            await self._hot.fade(every_seconds=_FADE_SECONDS)
            done = await warm(
                limit=self._limit,
                hot_before=self._hot_before,
                hot=self._hot,
                links=self._links,
                shared=self._shared,
            )
        except Exception as error:  # noqa: BLE001  # warming must go on, and tells
            self._metrics.warm_failures.inc()
            self._report("warm.failed", error)
            return False
        self._hot_before = done.hot
        self._measure(done, seconds=time.perf_counter() - began)
        return True

    def _measure(self, done: Warmed, *, seconds: float) -> None:
        self._metrics.warm_links.inc(done.links)
        self._metrics.warm_seconds.observe(seconds)
        self._metrics.warm_last_round.set_to_current_time()
        _log.debug(
            "warm.round_done",
            hot=len(done.hot),
            links=done.links,
            seconds=round(seconds, 6),
        )

    def _report(self, event: str, error: Exception) -> None:
        """Tell of a failure: once a minute, and in full if nobody foresaw it."""
        if not self._throttle.allows(event):
            return
        _log.warning(
            event,
            cause=type(error.__cause__ or error).__name__,
            exc_info=None if isinstance(error, BackendUnavailable) else error,
        )
