"""Codes that are not in the near cache: one look-up each for any number of visitors.

A cached entry must not be older than a change that was reported. So every part that
learns of a change reports it here, and a look-up in progress, which may have
read the older version, reads again.
"""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from waypost.domain.errors import BackendUnavailable
from waypost.domain.links import code_and_domain, key_of
from waypost.edge.compile import compile_link
from waypost.edge.minimum_versions import MinimumVersions
from waypost.ports.links import LinkReader
from waypost.ports.near_cache import NearCache, NearEntry
from waypost.ports.shared_cache import Invalidations, SharedCache
from waypost.services.links.resolve import Found, Source, resolved
from waypost.telemetry.background import consume_exception
from waypost.telemetry.metrics import Tally

MINIMUM_SECONDS: Final = 10.0
"""For how long a reported change limits the answers of the shared cache: longer than
its replica may lag behind."""
MINIMUM_CODES: Final = 50_000
"""Changes that are remembered at the same time, a few megabytes at most."""
REVALIDATE_SECONDS: Final = 2.0
"""Within which all cached entries are looked up again once changes may have been
missed. All at once would be more load than the store can bear."""


MAX_PROBES: Final = 16
"""Look-ups at the same time that test whether the store is back, while visitors
get older entries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkSources:
    """Where links are looked up."""

    links: LinkReader
    """The store."""
    shared: SharedCache | None = None
    """None: every look-up asks the store."""
    country_of: Callable[[str], str] | None = None
    """Returns the country of an address, for rules of links. None: all are unknown."""


class _LookUp:
    """A look-up in progress."""

    __slots__ = ("answer", "at_least", "is_outdated")

    def __init__(self, answer: asyncio.Future[NearEntry | None], at_least: int) -> None:
        self.answer = answer
        self.at_least = at_least
        self.is_outdated = False
        """Whether the code changed since it was last asked for."""


class Lookups:
    """Asks the shared cache and the store, and remembers in the near cache.

    Its codes are keys as `domain.links.key_of` makes them: those of the default domain
    are codes.
    """

    def __init__(
        self,
        *,
        sources: LinkSources,
        near: NearCache,
        tally: Tally,
        timeout_seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._sources = sources
        self._near = near
        self._tally = tally
        self._timeout_seconds = timeout_seconds
        self._look_ups: dict[str, _LookUp] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_away = False
        self._minimum_versions = MinimumVersions(
            seconds=MINIMUM_SECONDS, limit=MINIMUM_CODES, monotonic=monotonic
        )

    async def find(self, code: str) -> NearEntry | None:
        """Return the entry of *code*, or None if no link has it.

        While neither cache nor store answers, links from the last hour are still
        followed, and only the first visitor waits.

        Raises:
            BackendUnavailable: It is cached nowhere, and the store does not
                answer in time.
        """
        return self.held(code) or await self.look_up(code)

    def held(self, code: str) -> NearEntry | None:
        """Return the entry of *code* if it is in the near cache."""
        return self._near.get(code)

    async def look_up(self, code: str) -> NearEntry | None:
        """Return what `find` does, for a *code* that is not in the near cache."""
        if self._near.is_absent(code):
            self._tally.remembered_absences += 1
            return None
        if self._is_away and (entry := self._held_meanwhile(code)) is not None:
            return entry
        pending = self._look_ups.get(code) or self._start(code)
        try:
            # Shielded: a visitor who disconnects must not cancel the others' look-up.
            return await asyncio.shield(pending.answer)
        except BackendUnavailable:
            entry = self._near.get_stale(code)
            if entry is None:
                raise
            self._tally.stale_lookups += 1
            return entry

    def forget(self, code: str) -> None:
        """Drop the cached absence of *code*, whose link was created a moment ago."""
        self._near.drop(code)
        self._require(code, 1)

    def invalidate(self, code: str, version: int) -> None:
        """Return or cache nothing older than *version* of *code* from now on.

        A repeated or late call does no harm.
        """
        entry = self._near.get(code)
        if entry is None or entry.version < version:
            self._near.drop(code)
        self._require(code, version)

    def revalidate_all(self) -> None:
        """Look everything up again within seconds: changes may have been missed."""
        self._near.expire(within=REVALIDATE_SECONDS)
        for pending in self._look_ups.values():
            pending.is_outdated = True

    async def aclose(self) -> None:
        """End the look-ups in progress; their waiting visitors are cancelled."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _held_meanwhile(self, code: str) -> NearEntry | None:
        """Return an older entry of *code*; look it up in the background."""
        entry = self._near.get_stale(code)
        if entry is None:
            return None
        if code not in self._look_ups and len(self._look_ups) < MAX_PROBES:
            self._start(code)
        self._tally.stale_lookups += 1
        return entry

    def _require(self, code: str, version: int) -> None:
        if self._sources.shared is not None:
            self._minimum_versions.raise_to(code, version)
        pending = self._look_ups.get(code)
        if pending is not None:
            pending.at_least = max(pending.at_least, version)
            pending.is_outdated = True

    def _start(self, code: str) -> _LookUp:
        answer = asyncio.get_running_loop().create_future()
        answer.add_done_callback(consume_exception)
        pending = self._look_ups[code] = _LookUp(
            answer, self._minimum_versions.of(code)
        )
        # The set keeps the task alive while it shares what it has answered.
        task = asyncio.create_task(self._run(code, pending))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return pending

    async def _run(self, code: str, pending: _LookUp) -> None:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                while not pending.answer.done():
                    pending.is_outdated = False
                    await self._ask(code, pending)
        except TimeoutError as error:
            self._give_up(code, pending, BackendUnavailable(), error)
        except Exception as error:
            if pending.answer.done() and not isinstance(error, BackendUnavailable):
                raise
            self._give_up(code, pending, error)
        finally:
            if not pending.answer.done():
                del self._look_ups[code]
                pending.answer.cancel()

    async def _ask(self, code: str, pending: _LookUp) -> None:
        links, shared = self._sources.links, self._sources.shared
        name, domain = code_and_domain(code)
        if shared is None:
            link = await links.by_code(name, domain=domain)
            self._complete(code, pending, Found(link, Source.STORE))
            return
        async with resolved(
            name,
            domain=domain,
            links=links,
            shared=shared,
            at_least=pending.at_least,
        ) as found:
            self._complete(code, pending, found)

    def _complete(self, code: str, pending: _LookUp, found: Found) -> None:
        """Cache and return the result, unless it may be an older version."""
        if found.source is Source.STORE:
            self._tally.store_lookups += 1
        else:
            self._tally.shared_lookups += 1
        self._is_away = False
        found.is_outdated = pending.is_outdated
        if found.is_outdated:
            return
        entry = None
        if found.link is None:
            self._tally.unknown_codes += 1
            self._near.put_absent(code)
        else:
            entry = compile_link(found.link, country_of=self._sources.country_of)
            self._near.put(entry)
        del self._look_ups[code]
        pending.answer.set_result(entry)

    def _give_up(
        self,
        code: str,
        pending: _LookUp,
        error: Exception,
        cause: Exception | None = None,
    ) -> None:
        if pending.answer.done():
            return  # Only sharing has failed.
        error.__cause__ = cause
        self._is_away = isinstance(error, BackendUnavailable)
        del self._look_ups[code]
        pending.answer.set_exception(error)


async def watch_invalidations(
    *, invalidations: Invalidations, lookups: Lookups
) -> None:
    """Pass every change on to *lookups*, until cancelled."""
    async for change in invalidations.listen():
        if change is None:
            lookups.revalidate_all()
        else:
            lookups.invalidate(key_of(change.code, change.domain), change.version)
