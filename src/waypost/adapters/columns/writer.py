"""The writing side of a store, for asyncio."""

from collections.abc import Mapping, Sequence

from waypost.adapters.columns.drivers.threads import ConnectionThreads
from waypost.adapters.columns.writing import adding, bulk, salts, upkeep
from waypost.adapters.columns.writing.bulk import DayOfClicks
from waypost.adapters.columns.writing.values import ValueIds
from waypost.domain.analytics.enriched import EnrichedClick
from waypost.domain.clicks import JournalPosition
from waypost.ports.analytics.rows import Freshness


class ColumnsWriter:
    """Takes each click once, keeps the salts, and does the upkeep.

    On SQLite one process does all of it. On PostgreSQL any number may: upkeep is done
    by one of them at a time. Batches of some thousand clicks are the cheapest; with
    few, add at most every half a second.
    """

    def __init__(self, threads: ConnectionThreads, *, ids: ValueIds) -> None:
        self._write = threads
        self._ids = ids

    async def position(self, journal: str) -> JournalPosition | None:
        """Return the position that the last `add` of *journal* remembered.

        Raises:
            BackendUnavailable: The store does not answer.
        """
        return await self._write.run(
            lambda connection: adding.position(connection, journal)
        )

    async def add(
        self,
        clicks: Sequence[EnrichedClick],
        *,
        freshness: Sequence[Freshness] = (),
        positions: Mapping[str, JournalPosition] | None = None,
    ) -> int:
        """Store *clicks* that are not stored yet, and return how many were new.

        Raises:
            BackendUnavailable: Nothing is stored, or all of it: add them again.
        """
        return await self._write.run(
            lambda connection: adding.add(
                connection, self._ids, clicks, freshness, positions or {}
            )
        )

    async def add_day(self, clicks: DayOfClicks, *, now_ms: int) -> int:
        """Store a whole day at once, and seal it; return how many clicks were new.

        About ten times as fast as `add`, for imports and demonstrations. All of the
        clicks are new or none.

        Raises:
            ValueError: A part of them is stored already.
            BackendUnavailable: They are stored, all of them, or none: do it again.
        """
        return await self._write.run(
            lambda connection: bulk.add_day(
                connection, self._ids, clicks, now_ms=now_ms
            )
        )

    async def keep(self, *, now_ms: int) -> bool:
        """Do one step of upkeep, and return whether there is more to do.

        Raises:
            BackendUnavailable: The store cannot be written.
        """
        return await self._write.run(lambda connection: upkeep.step(connection, now_ms))

    async def salt(self, day: int) -> bytes | None:
        """Return the 32 bytes of *day*; None: they were destroyed.

        They are destroyed by the upkeep that comes 48 hours after the day.

        Raises:
            BackendUnavailable: The store does not answer.
        """
        return await self._write.run(lambda connection: salts.salt_of(connection, day))
