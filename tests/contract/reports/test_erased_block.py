"""A block of links is erased with all that is known of it, in every store."""

from tests.contract.reports.stores import ClickStore, keep_all
from waypost.domain.analytics.dimensions import DIMENSIONS
from waypost.domain.analytics.enriched import DAY_MS, EnrichedClick
from waypost.domain.analytics.questions import ClickQuery, Numbers, Totals

DAY = 20_000
ALL = ClickQuery(start_ms=DAY * DAY_MS, end_ms=(DAY + 3) * DAY_MS)
LATER_MS = (DAY + 9) * DAY_MS


def click(journal: str, sequence: int, link: int, day: int) -> EnrichedClick:
    """A click of a visitor of his own."""
    values: tuple[str | None, ...] = (f"{journal}!",) + (None,) * (len(DIMENSIONS) - 1)
    time_ms = (DAY + day) * DAY_MS + sequence
    return EnrichedClick(
        journal, 0, sequence, link, time_ms, 100 * link + sequence, values
    )


async def numbers(store: ClickStore) -> Numbers:
    """What all clicks are."""
    (found,) = (await store.ask(ALL, [Totals()])).answers
    assert isinstance(found, Numbers)
    return found


async def test_a_block_is_erased(clicks: ClickStore) -> None:
    """With the clicks of servers on its links, and only those; also twice."""
    assert await clicks.add(
        [click("demo", at, 10 + at % 3, at % 2) for at in range(1, 31)]
    )
    real = [click("server", at, (5, 11, 13)[at % 3], at % 3) for at in range(1, 10)]
    assert await clicks.add(real) == 9
    await keep_all(clicks, now_ms=LATER_MS)
    for erased in (33, 0):
        found = await clicks.erase_block(10, 12, journal="demo", is_alone=True)
        assert found == erased
        assert await numbers(clicks) == Numbers(6, 0, 6)
        await keep_all(clicks, now_ms=LATER_MS + 2 * 3_600_000)
        assert await numbers(clicks) == Numbers(6, 0, 6)
    assert await clicks.add(real) == 0


async def test_nothing_is_erased_of_an_empty_block(clicks: ClickStore) -> None:
    """And nothing changes."""
    await clicks.add([click("server", 1, 5, 0)])
    assert await clicks.erase_block(10, 12, journal="demo", is_alone=False) == 0
    assert await numbers(clicks) == Numbers(1, 0, 1)
