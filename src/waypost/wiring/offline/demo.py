"""A demonstration: invented links and clicks, in the stores of the settings.

The database has a record of it: its plan, and the block of ids that its links have. A
link belongs to it by its id. Clicks have identities as those of servers have, of one
journal, so each is stored and counted once, however often this is killed.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Final

import msgspec

from waypost.adapters.journal.files.folder import JournalInUseError, hold_lock
from waypost.adapters.journal.files.readers import reader_lock
from waypost.adapters.sql.statements.demo import SqlDemos
from waypost.adapters.sql.storage import SqlStorage
from waypost.config import Settings, SettingsError
from waypost.domain.codes import IdBlock
from waypost.domain.errors import BackendUnavailable, Unusable
from waypost.ports.journal import ROWS
from waypost.services.demo.plan import DemoPlan
from waypost.wiring.analytics.store import open_click_store
from waypost.wiring.offline.demo_filling import Filling, lease_block
from waypost.wiring.offline.schema import upgrade_schema
from waypost.wiring.offline.storage import open_storage
from waypost.wiring.parts.embedded import require_nothing_left_behind
from waypost.wiring.topology import topology_of

SEED: Final = 1
LINKS: Final = 200
CLICKS: Final = 100_000
DAYS: Final = 90
_EPOCH: Final = date(1970, 1, 1)

Progress = Callable[[str], None]


class DemoError(Unusable):
    """There can be no such demonstration; the text says why and what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoWish:
    """What a demonstration shall be like; None: as it is already, or the default."""

    seed: int | None = None
    links: int | None = None
    clicks: int | None = None
    days: int | None = None
    until: date | None = None
    """The last UTC day with clicks; by default yesterday."""


class DemoRecord(msgspec.Struct, frozen=True, kw_only=True):
    """What the database knows of its demonstration. JSON, kept by every release."""

    seed: int
    links: int
    clicks: int
    days: int
    until: date
    first_id: int
    last_id: int

    @property
    def since(self) -> date:
        """The first day with clicks."""
        return self.until - timedelta(days=self.days - 1)

    @property
    def journal(self) -> str:
        """The journal that the clicks say they are from: of no other demonstration."""
        return f"demo-{self.first_id}"

    @property
    def block(self) -> IdBlock:
        """The ids of its links, with some that are not used."""
        return IdBlock(start=self.first_id, end=self.last_id)

    @property
    def plan(self) -> DemoPlan:
        """All that its content depends on."""
        last_day = (self.until - _EPOCH).days
        return DemoPlan(self.seed, self.links, self.clicks, self.days, last_day)


async def make_demo(
    settings: Settings, wish: DemoWish, *, progress: Progress
) -> DemoRecord:
    """Make the demonstration, or go on with it, and return what it is like.

    Raises:
        DemoError: There is another one, or a server uses the data folder.
        As `open_storage` and `open_click_store`.
    """
    if topology_of(settings).is_lasting and not topology_of(settings).has_reports:
        raise SettingsError(
            "REPORTS is false, so this instance keeps no clicks. Set REPORTS=true."
        )
    async with _alone(settings):
        require_nothing_left_behind(settings)
        await asyncio.to_thread(upgrade_schema, settings)
        async with open_storage(settings) as storage:
            record = await _recorded(settings, storage, wish)
            async with open_click_store(settings) as clicks:
                filling = Filling(settings, storage, clicks, journal=record.journal)
                await filling.fill(record.plan, record.block, progress=progress)
    return record


async def remove_demo(settings: Settings, *, progress: Progress) -> DemoRecord | None:
    """Delete the demonstration without a trace; None: there is none.

    Raises:
        DemoError: A server uses the data folder.
        As `open_storage` and `open_click_store`.
    """
    async with _alone(settings), open_storage(settings) as storage:
        demos = SqlDemos(storage.database)
        stored = await demos.record()
        if stored is None:
            return None
        record = _decoded(stored)
        is_shared = topology_of(settings).is_shared
        progress("Deleting the links …")
        await demos.delete_links(
            record.first_id,
            record.last_id,
            now=datetime.now(UTC),
            has_caches=is_shared,
        )
        progress("Deleting the clicks …")
        async with open_click_store(settings) as clicks:
            await clicks.erase_block(
                record.first_id,
                record.last_id,
                journal=record.journal,
                is_alone=not is_shared,
            )
            while await clicks.keep(now_ms=time.time_ns() // 1_000_000):
                pass
        # Last, so that what is killed before can be done again.
        await demos.forget(record.journal)
    return record


@asynccontextmanager
async def _alone(settings: Settings) -> AsyncIterator[None]:
    """Keep servers from using an embedded database meanwhile.

    Servers of PostgreSQL may run: they lease other ids, and lock what they write.
    """
    if topology_of(settings).is_shared:
        yield
        return
    try:
        with hold_lock(settings.journal_folder):
            async with reader_lock(settings.journal_folder, ROWS):
                yield
    except JournalInUseError as error:
        raise DemoError(
            f"A server uses the data folder {settings.DATA_DIR.absolute()} "
            f"({error.holder}). Stop it, and run this command again."
        ) from error
    except OSError as error:
        raise BackendUnavailable from error


async def _recorded(
    settings: Settings, storage: SqlStorage, wish: DemoWish
) -> DemoRecord:
    """Return the record of the demonstration, which is made if there is none."""
    demos = SqlDemos(storage.database)
    stored = await demos.record()
    if stored is None:
        stored = await demos.claim(await _new_record(settings, storage, wish))
    record = _decoded(stored)
    for name in ("seed", "links", "clicks", "days", "until"):
        wanted = getattr(wish, name)
        if wanted not in (None, there := getattr(record, name)):
            raise DemoError(
                f"There is a demonstration with --{name} {there} already. Delete it "
                "with `waypost demo --remove`, or run this command without options "
                "to complete it."
            )
    return record


async def _new_record(settings: Settings, storage: SqlStorage, wish: DemoWish) -> str:
    today = datetime.now(UTC).date()
    until = wish.until or today - timedelta(days=1)
    if until >= today:
        raise DemoError(f"--until {until} is not over yet in UTC. Name an earlier day.")
    links = wish.links or LINKS
    block = await lease_block(settings, storage, links)
    record = DemoRecord(
        seed=SEED if wish.seed is None else wish.seed,
        links=links,
        clicks=CLICKS if wish.clicks is None else wish.clicks,
        days=wish.days or DAYS,
        until=until,
        first_id=block.start,
        last_id=block.end,
    )
    return msgspec.json.encode(record).decode()


def _decoded(stored: str) -> DemoRecord:
    try:
        return msgspec.json.decode(stored, type=DemoRecord)
    except msgspec.DecodeError as error:
        raise DemoError(
            "The database's record of its demonstration cannot be read. Use the "
            "release that made it."
        ) from error
