"""The record of blocks of clicks; `ports.analytics.block_records.BlockRecords`."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from waypost.adapters.sql.database import Database
from waypost.adapters.sql.statements import block_ranges, row_blocks, visitor_salts
from waypost.domain.clicks import JournalPosition
from waypost.domain.sequences import CountedSequences
from waypost.ports.analytics.block_records import (
    DayRecord,
    NewBlock,
    RecordedBlock,
    Snapshot,
)
from waypost.ports.analytics.rows import Freshness

P = ParamSpec("P")
T = TypeVar("T")


class SqlBlockRecords:
    """The record in the main database. Its methods are described at the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def _write(
        self,
        statement: Callable[Concatenate[Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        async with self._database.transaction() as transaction:
            # A block of a thousand kilobytes may take longer than a visitor would wait.
            transaction.is_awaited = False
            return await transaction.run(statement, *args, **kwargs)

    async def position(self, journal: str) -> JournalPosition | None:
        """Return the position that was recorded last for *journal*."""
        return await self._database.read(row_blocks.position_of, journal)

    async def stored(
        self, lanes: Mapping[str, Collection[int]]
    ) -> dict[str, dict[int, CountedSequences]]:
        """Return which sequences of *lanes* are recorded."""
        return await self._database.read(block_ranges.stored_sequences, lanes)

    async def record(
        self,
        blocks: Sequence[NewBlock],
        *,
        taken: Mapping[str, Mapping[int, CountedSequences]],
        positions: Mapping[str, JournalPosition],
        freshness: Sequence[Freshness],
    ) -> Sequence[RecordedBlock] | None:
        """Record *blocks*; None: some of their clicks are recorded already."""
        return await self._write(
            row_blocks.record_blocks,
            blocks,
            taken=taken,
            positions=positions,
            freshness=freshness,
        )

    async def pending(self) -> Sequence[RecordedBlock]:
        """Return the blocks that are not confirmed, by number."""
        return await self._database.read(row_blocks.pending_blocks)

    async def confirm(self, numbers: Collection[int]) -> None:
        """Record that the blocks of these *numbers* have arrived."""
        await self._write(row_blocks.confirm_blocks, numbers)

    async def snapshot(self, first_day: int, last_day: int) -> Snapshot:
        """Return the record, with its days from *first_day* to *last_day*."""
        return await self._database.read(row_blocks.snapshot, first_day, last_day)

    async def next_number(self) -> int:
        """Return a number above all others."""
        return await self._write(row_blocks.next_number)

    async def last_number(self) -> int:
        """Return the last number that was given."""
        return await self._database.read(row_blocks.last_number)

    async def salt(self, day: int) -> bytes | None:
        """Return the 32 bytes of *day*, made if needed; None: they were destroyed."""
        found, hashes_from = await self._database.read(visitor_salts.find_salt, day)
        if found is not None or day < hashes_from:
            return found
        return await self._write(visitor_salts.make_salt, day)

    async def destroy_salts(self, *, before_day: int) -> None:
        """Destroy the salts of the days before *before_day*."""
        if before_day > await self._database.read(visitor_salts.hashes_from):
            await self._write(visitor_salts.destroy_salts, before_day)

    async def seal(self, day: DayRecord, *, version: int) -> bool:
        """Let the roll-ups of *version* answer for *day*, unless it has changed."""
        return await self._write(row_blocks.seal_day, day, version=version)

    async def change(self, days: Collection[int]) -> None:
        """Record that rows of *days* are changed, and raise the revision."""
        await self._write(row_blocks.change_days, days)

    async def drop_rows(self, days: Collection[int]) -> None:
        """Record that the rows of *days* are deleted, and raise the revision."""
        await self._write(row_blocks.end_days, days, is_forgotten=False)

    async def forget(self, days: Collection[int]) -> None:
        """Forget *days*, and raise the revision."""
        await self._write(row_blocks.end_days, days, is_forgotten=True)

    async def forget_journal(self, journal: str) -> None:
        """Forget that clicks of *journal* were recorded."""
        await self._write(block_ranges.forget_journal, journal)
