"""Which clicks are counted, and are not stored for reports."""

from collections.abc import Iterable, Mapping
from typing import cast

from tests.contract.reports.test_promises import DAY, click
from waypost.adapters.memory.clicks import MemoryClicks
from waypost.domain.sequences import CountedSequences
from waypost.ports.gaps import ClickGaps
from waypost.services.analytics.unreported import Unreported, unreported


class Counts:
    """What is counted."""

    def __init__(self, journals: Mapping[str, Mapping[int, Iterable[int]]]) -> None:
        self._journals = journals

    async def counted(self) -> Mapping[str, Mapping[int, CountedSequences]]:
        """Return the sequences by journal and lane."""
        return {
            journal: {
                lane: CountedSequences().adding(sequences)
                for lane, sequences in lanes.items()
            }
            for journal, lanes in self._journals.items()
        }


async def compared(
    store: MemoryClicks, **journals: Mapping[int, Iterable[int]]
) -> Unreported:
    """Return the numbers of what is counted and not stored."""
    return await unreported(cast(ClickGaps, Counts(journals)), store)


async def test_losses_are_found_by_identity() -> None:
    """In the middle and at the end of a lane, and of journals that never came."""
    store = MemoryClicks()
    await store.add([click(1), click(2), click(5), click(7)])
    found = await compared(
        store,
        journal={0: range(1, 11), 1: [1]},
        unknown={0: range(1, 4)},
    )
    assert found == Unreported(counted=14, number=10, in_unknown_journals=3)


async def test_many_journals_are_looked_up_in_parts() -> None:
    """None is left out."""
    store = MemoryClicks()
    await store.add([click(1)._replace(journal=f"j{n}") for n in range(450)])
    found = await compared(store, **{f"j{n}": {0: [1, 2]} for n in range(450)})
    assert found == Unreported(counted=900, number=450, in_unknown_journals=0)


async def test_retention_and_erasure_are_no_losses() -> None:
    """Clicks that were stored once are not missing, nor are those not counted yet."""
    store = MemoryClicks()
    await store.add([click(1), click(2, link_id=2), click(3)])
    await store.erase_link(2)
    await store.expire(before_day=DAY + 1, is_dry_run=False)
    await store.expire_rollups(before_day=DAY + 1, is_dry_run=False)
    assert (await compared(store, journal={0: [1, 2]})).number == 0
