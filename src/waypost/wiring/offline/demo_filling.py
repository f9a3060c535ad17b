"""Fills the stores with the links and clicks of a demonstration."""

import asyncio
import time
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Final

from waypost.adapters.sql.blocks import SqlBlocks
from waypost.adapters.sql.secrets import SqlSecrets
from waypost.adapters.sql.storage import SqlStorage
from waypost.adapters.zones import TzdataZones
from waypost.config import Settings
from waypost.domain.codes import CODE_SPACE, CodePermutation, IdBlock, is_reserved
from waypost.domain.errors import BackendUnavailable, CodesExhausted
from waypost.domain.sequences import CountedSequences, SequenceRange
from waypost.services.demo.clicks import ClickMaker, DemoClicks
from waypost.services.demo.links import DemoLinks, links_of
from waypost.services.demo.making import counts_of, enriched, link_of
from waypost.services.demo.plan import DemoPart, DemoPlan, parts_of
from waypost.services.ids.allocate import NewCode
from waypost.wiring.analytics.store import ClickStore
from waypost.wiring.parts.leases import remember_leases
from waypost.wiring.topology import topology_of

_SPARE: Final = 50
"""Ids beyond the number of links, as some codes may be reserved or taken."""
_LINKS: Final = 2_000
"""Links that are stored together."""
_CLICKS: Final = 20_000
"""Clicks that are stored together where whole days cannot be."""

Progress = Callable[[str], None]


async def lease_block(settings: Settings, storage: SqlStorage, links: int) -> IdBlock:
    """Lease the ids of so many *links*, as a server does.

    Raises:
        CodesExhausted: There are not so many codes left.
        BackendUnavailable: The database cannot be written.
    """
    counter = SqlBlocks(storage.database, name=settings.ID_ALLOCATOR_KEY)
    if topology_of(settings).is_shared:
        block = await counter.lease(links + _SPARE)
    else:
        source = await remember_leases(counter, counter=counter, settings=settings)
        block = await source.lease(links + _SPARE)
    if block.end >= CODE_SPACE:
        raise CodesExhausted
    return block


class Filling:
    """Stores what is not stored yet."""

    def __init__(
        self,
        settings: Settings,
        storage: SqlStorage,
        clicks: ClickStore,
        *,
        journal: str,
    ) -> None:
        self._settings = settings
        self._storage = storage
        self._clicks = clicks
        self._journal = journal

    async def fill(self, plan: DemoPlan, block: IdBlock, *, progress: Progress) -> None:
        """Store the links and clicks of *plan*; the ids are those of *block*.

        Raises:
            BackendUnavailable: A store does not answer: do it again.
        """
        links = links_of(plan)
        codes = await self._codes(block, plan.links)
        for start in range(0, plan.links, _LINKS):
            progress(f"{start:,} of {plan.links:,} links …")
            await self._add_links(links, codes, start)
        # Before the clicks: the hashes of days long ago are not kept then.
        await self._keep()
        async with self._storage.transaction() as transaction:
            counted = await transaction.clicks.counted(self._journal)
        known = counted.get(0, CountedSequences())
        maker = ClickMaker(plan, links, zone=TzdataZones().zone)
        for part in parts_of(plan):
            if part.first_sequence in known:
                continue
            progress(f"{part.first_sequence - 1:,} of {plan.clicks:,} clicks …")
            clicks = await asyncio.to_thread(maker.clicks, part)
            await self._add_clicks(clicks, codes)
            await self._count(part, counts_of(clicks, [new.id for new in codes]))
        await self._keep()

    async def _keep(self) -> None:
        while await self._clicks.keep(now_ms=_now_ms()):
            pass

    async def _codes(self, block: IdBlock, links: int) -> list[NewCode]:
        """Return the ids and codes of all links: the first of *block* that are free."""
        secrets = SqlSecrets(self._storage.database)
        key = self._settings.CODE_KEY or await secrets.secret("code_key")
        permutation = CodePermutation(key.encode())
        found: list[NewCode] = []
        ids = iter(range(block.start, block.end + 1))
        while len(found) < links and (some := list(islice(ids, _LINKS))):
            new = [NewCode(each, permutation.code_of(each)) for each in some]
            stored = await self._storage.links.by_codes([each.code for each in new])
            taken = {link.code for link in stored if link.id not in some}
            found += [
                each
                for each in new
                if each.code not in taken and not is_reserved(each.code)
            ]
        if len(found) < links:
            raise BackendUnavailable("Too many of the codes are taken already.")
        return found[:links]

    async def _add_links(
        self, links: DemoLinks, codes: Sequence[NewCode], start: int
    ) -> None:
        some = [
            link_of(links, place, codes[place])
            for place in range(start, min(start + _LINKS, len(codes)))
        ]
        async with self._storage.transaction() as transaction:
            # Those that an earlier run has stored are refused.
            await transaction.links.add(some)

    async def _add_clicks(self, clicks: DemoClicks, codes: Sequence[NewCode]) -> None:
        if topology_of(self._settings).has_clickhouse:
            rows = enriched(clicks, codes, self._journal)
            while batch := list(islice(rows, _CLICKS)):
                await self._clicks.add(batch)
            return
        import numpy as np

        from waypost.adapters.columns.store import ClickStore as ColumnsStore
        from waypost.adapters.columns.writing.bulk import DayOfClicks, Texts

        assert isinstance(self._clicks, ColumnsStore), "there are two kinds of stores"
        ids = np.array([new.id for new in codes])
        day = DayOfClicks(
            day=clicks.part.day,
            journal=self._journal,
            lane=0,
            first_sequence=clicks.part.first_sequence,
            links=ids[clicks.links],
            times_ms=clicks.times_ms,
            visitors=clicks.visitors,
            values={by: Texts(*texts) for by, texts in clicks.values.items()},
        )
        await self._clicks.add_day(day, now_ms=_now_ms())

    async def _count(self, part: DemoPart, counts: dict[int, int]) -> None:
        last = part.first_sequence + part.clicks - 1
        async with self._storage.transaction() as transaction:
            held = await transaction.clicks.hold({self._journal: [0]})
            known = held[self._journal][0]
            if part.first_sequence in known:
                return
            now = known.adding_range(SequenceRange(part.first_sequence, last))
            await transaction.clicks.add(
                clicks=counts, counted={self._journal: {0: now}}, positions={}
            )


def _now_ms() -> int:
    return time.time_ns() // 1_000_000
