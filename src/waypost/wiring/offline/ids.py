"""The counter of ids as the command line sees it, with or without a server."""

from dataclasses import dataclass

from waypost.adapters.leased_file import read_leased
from waypost.adapters.sql.blocks import SqlBlocks
from waypost.config import Settings
from waypost.domain.codes import CODE_SPACE
from waypost.domain.errors import BackendUnavailable, Unusable
from waypost.ports.blocks import CounterChange
from waypost.wiring.offline.storage import open_storage
from waypost.wiring.parts.leases import leased_file


class TooFewIdsError(Unusable):
    """There are fewer ids left than shall be skipped."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IdState:
    """The leased ids that the database and the data folder know."""

    next_id: int
    """The lowest id that the database has not leased yet."""
    left: int
    """How many ids it can lease."""
    folder_highest: int | None
    """The highest id that the data folder knows to be leased. None: it knows none."""

    @property
    def is_behind(self) -> bool:
        """Whether the database was restored from a backup, as the folder knows more."""
        return (self.folder_highest or 0) >= self.next_id


async def read_ids(settings: Settings) -> IdState:
    """Return the state of leased ids.

    Raises:
        As `open_storage`.
    """
    async with open_storage(settings) as storage:
        counter = SqlBlocks(storage.database, name=settings.ID_ALLOCATOR_KEY)
        next_id = await counter.next_id()
    try:
        known = read_leased(leased_file(settings))
    except OSError as error:
        raise BackendUnavailable from error
    return IdState(
        next_id=next_id,
        left=max(CODE_SPACE - next_id, 0),
        folder_highest=known.highest if known and known.blocks else None,
    )


async def skip_ids(
    settings: Settings, number: int, *, dry_run: bool = False
) -> CounterChange:
    """Make *number* ids unused for ever; return the next id before and after that.

    Safe beside running servers. With *dry_run* nothing is changed.

    Raises:
        TooFewIdsError: There are fewer ids left.
        Otherwise as `open_storage`.
    """
    async with open_storage(settings) as storage:
        counter = SqlBlocks(storage.database, name=settings.ID_ALLOCATOR_KEY)
        before = await counter.next_id()
        if before + number > CODE_SPACE:
            raise TooFewIdsError(
                f"Only {max(CODE_SPACE - before, 0):,} ids are left. Skip fewer."
            )
        change = CounterChange(before, before + number)
        if not dry_run:
            await counter.raise_above(change.after - 1)
        return change
