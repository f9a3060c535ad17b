"""Codes that are not held ready: one look-up each, however many ask at once."""

import asyncio

from waypost.domain.clicks import lane_of
from waypost.domain.errors import BackendUnavailable, LinkNotFound
from waypost.ports.caching import NearCache, NearEntry
from waypost.ports.storage import LinkReader
from waypost.services.resolve import resolve
from waypost.telemetry.metrics import Tally

Flight = asyncio.Task[NearEntry | None]


class Lookups:
    """Asks the store for links and remembers the answers in the near cache."""

    def __init__(
        self,
        *,
        links: LinkReader,
        near: NearCache,
        tally: Tally,
        timeout_seconds: float,
    ) -> None:
        self._links = links
        self._near = near
        self._tally = tally
        self._timeout_seconds = timeout_seconds
        self._flights: dict[str, Flight] = {}

    async def find(self, code: str) -> NearEntry | None:
        """Return the entry of *code*, or None if no link has it.

        Raises:
            BackendUnavailable: The store does not answer in time.
        """
        entry = self._near.get(code)
        if entry is not None:
            return entry
        if self._near.is_absent(code):
            self._tally.remembered_absences += 1
            return None
        flight = self._flights.get(code)
        if flight is None:
            flight = asyncio.create_task(self._look_up(code))
            flight.add_done_callback(_retrieve_exception)
            self._flights[code] = flight
        # Shielded: one visitor who leaves must not take the others' answer along.
        return await asyncio.shield(flight)

    def forget(self, code: str) -> None:
        """Drop what is known of *code*, and what a look-up under way will find."""
        self._flights.pop(code, None)
        self._near.drop(code)

    async def _look_up(self, code: str) -> NearEntry | None:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                entry = await self._entry_of(code)
            # A flight that was forgotten meanwhile may have seen an older truth.
            if self._flights.get(code) is asyncio.current_task():
                self._remember(code, entry)
        except TimeoutError as error:
            raise BackendUnavailable from error
        finally:
            if self._flights.get(code) is asyncio.current_task():
                del self._flights[code]
        return entry

    async def _entry_of(self, code: str) -> NearEntry | None:
        try:
            link = await resolve(code, links=self._links)
        except LinkNotFound:
            self._tally.unknown_codes += 1
            return None
        return NearEntry(
            code=link.code,
            link_id=link.id,
            lane=lane_of(link.code),
            location=link.target.encode("ascii"),
        )

    def _remember(self, code: str, entry: NearEntry | None) -> None:
        if entry is None:
            self._near.put_absent(code)
        else:
            self._near.put(entry)


def _retrieve_exception(flight: Flight) -> None:
    """Keep asyncio from reporting a failure whose visitors have all left."""
    if not flight.cancelled():
        flight.exception()
