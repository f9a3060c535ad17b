"""What operators ask of a store, for asyncio."""

import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from functools import partial

from waypost.adapters.columns.administration import (
    blocks,
    checking,
    classification,
    days,
    erasure,
    expiry,
)
from waypost.adapters.columns.drivers.threads import ConnectionThreads
from waypost.adapters.columns.writing.ranges import stored_in
from waypost.adapters.columns.writing.values import ValueIds
from waypost.domain.sequences import CountedSequences
from waypost.ports.analytics.administration import DayCheck, Expired, StoredDay


class ColumnsAdministrator:
    """Does each job day by day; between two days clicks can be added."""

    def __init__(
        self, write: ConnectionThreads, read: ConnectionThreads, *, ids: ValueIds
    ) -> None:
        self._write = write
        self._read = read
        self._ids = ids

    async def stored_days(self) -> Sequence[StoredDay]:
        """Return the days that have rows, the oldest first."""
        return await self._read.run(days.stored_days)

    async def stored_sequences(
        self, journals: Collection[str]
    ) -> Mapping[str, Mapping[int, CountedSequences]]:
        """Return which clicks of *journals* were ever stored, by journal and lane."""
        return await self._read.run(partial(stored_in, journals=journals))

    async def expire(self, *, before_day: int, is_dry_run: bool) -> Expired:
        """Delete the rows of days before *before_day*; their roll-ups stay.

        Of links that have no roll-up of a day, a roll-up of the month stays.
        """
        await self._write.run(days.empty_tail)
        found = await self._write.run(partial(expiry.count_rows, before_day=before_day))
        if is_dry_run:
            return found
        for day in await self._write.run(
            partial(expiry.expiring_days, before_day=before_day)
        ):
            now_ms = time.time_ns() // 1_000_000
            await self._write.run(partial(expiry.expire_day, day=day, now_ms=now_ms))
        await self._write.run(lambda connection: connection.shrink())
        return found

    async def expire_rollups(self, *, before_day: int, is_dry_run: bool) -> Expired:
        """Delete all that is known of days before *before_day*."""
        await self._write.run(days.empty_tail)
        found = await self._write.run(partial(expiry.count_all, before_day=before_day))
        if is_dry_run:
            return found
        for day in await self._write.run(
            partial(expiry.known_days, before_day=before_day)
        ):
            await self._write.run(partial(expiry.forget_day, day=day))
        await self._write.run(partial(expiry.forget_months, before_day=before_day))
        await self._write.run(lambda connection: connection.shrink())
        return found

    async def erase_link(self, link_id: int) -> int:
        """Delete every click of a link, from its roll-ups too; return how many.

        The numbers of all links together keep those of expired days.
        """
        await self._write.run(days.empty_tail)
        erased = 0
        for day in await self._write.run(partial(days.days_of_link, link=link_id)):
            erased += await self._write.run(
                partial(erasure.erase_link_of_day, day=day, link=link_id)
            )
        return erased + await self._write.run(
            partial(erasure.erase_rollups_of_link, link=link_id)
        )

    async def erase_block(
        self, first_link: int, last_link: int, *, journal: str, is_alone: bool
    ) -> int:
        """Delete the clicks of the links *first_link* to *last_link*; return how many.

        Texts that no click has are deleted too, if this process *is_alone*.
        """
        await self._write.run(days.empty_tail)
        erased = 0
        job = partial(blocks.erase_block_of_day, first=first_link, last=last_link)
        for day in await self._write.run(days.days_with_rows):
            erased += await self._write.run(partial(job, day=day))
        await self._write.run(
            partial(
                blocks.forget_journal,
                journal=journal,
                first_link=first_link,
                last_link=last_link,
            )
        )
        if is_alone:
            await self._write.run(blocks.forget_values)
            self._ids.forget()
        await self._write.run(lambda connection: connection.shrink())
        return erased

    async def erase_visitor(self, day: int, visitor: int) -> int:
        """Delete the clicks of a visitor's hash of one day; return how many."""
        await self._write.run(days.empty_tail)
        return await self._write.run(
            partial(erasure.erase_visitor, day=day, visitor=visitor)
        )

    async def reclassify(self, machine: Callable[[str | None], str | None]) -> int:
        """Set the reason for a machine of every click that *machine* judges otherwise.

        Clicks of expired days stay as they are. Return how many have changed.
        """
        await self._write.run(days.empty_tail)
        verdicts = await self._write.run(
            partial(classification.verdicts_of, ids=self._ids, machine=machine)
        )
        changed = 0
        for day in await self._write.run(days.days_with_rows):
            changed += await self._write.run(
                partial(classification.classify_day, verdicts=verdicts, day=day)
            )
        return changed

    async def verify(self) -> AsyncIterator[DayCheck]:
        """Recompute every sealed day from its rows, and compare."""
        for day in await self._read.run(checking.sealed_days):
            yield await self._read.run(partial(checking.check_day, day=day))
