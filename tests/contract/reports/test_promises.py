"""What every store of clicks promises besides its answers."""

from collections.abc import Sequence

import pytest

from tests.contract.reports.stores import ClickStore, keep_all
from tests.contract.reports.stores import exported as exported_clicks
from waypost.domain.analytics.dimensions import DIMENSIONS, Dimension
from waypost.domain.analytics.enriched import DAY_MS, EnrichedClick
from waypost.domain.analytics.questions import (
    Breakdown,
    ByValue,
    ClickQuery,
    Filter,
    Numbers,
    Order,
    Question,
    TopLinks,
    Totals,
)
from waypost.domain.clicks import JournalPosition
from waypost.domain.sequences import CountedSequences, SequenceRange
from waypost.ports.analytics.reports import ClickCursor
from waypost.ports.analytics.rows import Freshness
from waypost.services.reports.clicks import place_of

DAY = 20_000
ALL = ClickQuery(start_ms=0, end_ms=(DAY + 1_000) * DAY_MS)


def click(
    sequence: int, *, day: int = DAY, link_id: int = 1, visitor: int = 1, **values: str
) -> EnrichedClick:
    """Return a click at noon of *day*."""
    known = tuple(values.get(dimension) for dimension in DIMENSIONS)
    noon = day * DAY_MS + DAY_MS // 2
    return EnrichedClick("journal", 0, sequence, link_id, noon, visitor, known)


async def numbers(clicks: ClickStore, query: ClickQuery = ALL) -> Numbers:
    """Return the numbers of all clicks of *query*."""
    (answer,) = (await clicks.ask(query, [Totals()])).answers
    assert isinstance(answer, Numbers)
    return answer


async def exported(clicks: ClickStore) -> Sequence[int]:
    """Return the sequences of all clicks of an export."""
    return sorted([each.sequence for each in await exported_clicks(clicks, ALL)])


async def test_an_empty_store_answers(clicks: ClickStore) -> None:
    """Zeros, empty lists, and no freshness."""
    asked: list[Question] = [Totals(), TopLinks(Order.PEOPLE, 5)]
    found = await clicks.ask(ALL, asked)
    assert found.answers[0] == Numbers(0, 0, 0)
    assert found.as_of_ms is None
    assert list(await clicks.clicks(ALL, after=None, limit=10)) == []
    assert await exported(clicks) == []
    assert await clicks.position("journal") is None


async def test_each_click_is_stored_once(clicks: ClickStore) -> None:
    """Also where a batch holds one twice; positions and freshness are replaced."""
    first = await clicks.add(
        [click(1), click(2), click(1)],
        freshness=[Freshness(source="journal", as_of_ms=5)],
        positions={"journal": JournalPosition(1, 10)},
    )
    second = await clicks.add(
        [click(2), click(3)],
        freshness=[
            Freshness(source="journal", as_of_ms=9),
            Freshness(source="other", as_of_ms=7),
        ],
        positions={"journal": JournalPosition(2, 0)},
    )
    assert (first, second) == (2, 1)
    assert (await numbers(clicks)).clicks == 3
    assert await clicks.position("journal") == JournalPosition(2, 0)
    assert (await clicks.ask(ALL, [])).as_of_ms == 7


async def test_salts_are_kept_and_destroyed(clicks: ClickStore) -> None:
    """The same 32 bytes for a day, others for another, none two days after."""
    salt = await clicks.salt(DAY)
    assert salt is not None
    assert len(salt) == 32
    assert await clicks.salt(DAY) == salt
    assert await clicks.salt(DAY + 1) not in {salt, None}
    await keep_all(clicks, now_ms=(DAY + 3) * DAY_MS - 1)
    assert await clicks.salt(DAY) == salt
    await keep_all(clicks, now_ms=(DAY + 4) * DAY_MS)
    assert await clicks.salt(DAY) is None


async def test_a_link_is_erased(clicks: ClickStore) -> None:
    """Its clicks are in no number and no list, and they never come again."""
    await clicks.add([click(1), click(2, link_id=2), click(3, link_id=2, visitor=2)])
    await keep_all(clicks, now_ms=(DAY + 1) * DAY_MS + DAY_MS // 2)
    before = (await clicks.ask(ALL, [])).revision
    assert await clicks.erase_link(2) == 2
    assert await clicks.erase_link(2) == 0
    assert await clicks.add([click(2, link_id=2)]) == 0
    await keep_all(clicks, now_ms=(DAY + 1) * DAY_MS + DAY_MS // 2)
    assert await numbers(clicks) == Numbers(1, 0, 1)
    assert await exported(clicks) == [1]
    assert (await clicks.ask(ALL, [])).revision > before


async def test_a_visitor_is_erased(clicks: ClickStore) -> None:
    """All clicks of a hash on one day, and no others."""
    await clicks.add([click(1), click(2), click(3, visitor=2), click(4, day=DAY + 1)])
    assert await clicks.erase_visitor(DAY, 1) == 2
    assert await exported(clicks) == [3, 4]
    assert await numbers(clicks) == Numbers(2, 0, 2)


async def test_clicks_expire(clicks: ClickStore) -> None:
    """A dry run changes nothing; then single clicks are gone, and later all numbers."""
    await clicks.add([click(1), click(2, day=DAY + 1, visitor=2)])
    await keep_all(clicks, now_ms=(DAY + 3) * DAY_MS)
    tried = await clicks.expire(before_day=DAY + 1, is_dry_run=True)
    assert (tried.days, tried.clicks) == (1, 1)
    assert await exported(clicks) == [1, 2]
    done = await clicks.expire(before_day=DAY + 1, is_dry_run=False)
    assert (done.days, done.clicks) == (1, 1)
    assert await exported(clicks) == [2]
    assert await numbers(clicks) == Numbers(2, 0, 2)
    assert await clicks.add([click(1)]) == 0
    await clicks.expire_rollups(before_day=DAY + 1, is_dry_run=True)
    assert (await numbers(clicks)).clicks == 2
    await clicks.expire_rollups(before_day=DAY + 1, is_dry_run=False)
    assert await numbers(clicks) == Numbers(1, 0, 1)


async def test_clicks_are_classified_again(clicks: ClickStore) -> None:
    """By the agent alone; what was decided by other means stays."""
    await clicks.add(
        [
            click(1, agent="Spider/1"),
            click(2, visitor=2, agent="Phone"),
            click(3, visitor=0, agent="Phone", machine="agent"),
            click(4, visitor=0, agent="Phone", machine="network"),
        ]
    )
    await keep_all(clicks, now_ms=(DAY + 1) * DAY_MS + DAY_MS // 2)
    changed = await clicks.reclassify(
        lambda agent: "agent" if agent == "Spider/1" else None
    )
    assert changed == 2
    assert await numbers(clicks) == Numbers(2, 2, 1)
    assert [check async for check in clicks.verify() if not check.is_equal] == []


async def test_stored_sequences_outlive_rows(clicks: ClickStore) -> None:
    """Expiry and erasure leave them; other journals are not among them."""
    await clicks.add([click(1), click(2), click(4), click(5, link_id=2)])
    await clicks.add([click(9)._replace(journal="other", lane=3)])
    await keep_all(clicks, now_ms=(DAY + 3) * DAY_MS)
    await clicks.erase_link(2)
    await clicks.expire(before_day=DAY + 1, is_dry_run=False)
    assert await clicks.stored_sequences(["journal", "unknown"]) == {
        "journal": {
            0: CountedSequences((SequenceRange(1, 2), SequenceRange(4, 5))),
        }
    }


async def test_a_page_may_end_between_servers(clicks: ClickStore) -> None:
    """Clicks of two journals that share all the rest are each listed once."""
    journals = ["b", "a", "d", "c"]
    alike = [click(1)._replace(journal=journal) for journal in journals]
    await clicks.add(alike[:2])
    await keep_all(clicks, now_ms=(DAY + 1) * DAY_MS + DAY_MS // 2)
    await clicks.add(alike[2:])
    pages = await pages_of(clicks, limit=1)
    assert [each.journal for page in pages for each in page] == ["d", "c", "b", "a"]


async def test_many_links_are_one_question(clicks: ClickStore) -> None:
    """A set of ten thousand links is answered, and links that are none add nothing."""
    await clicks.add([click(n, link_id=n, visitor=1 + n % 7) for n in range(1, 101)])
    query = ClickQuery(
        start_ms=0, end_ms=ALL.end_ms, links=frozenset(range(51, 10_051))
    )
    assert await numbers(clicks, query) == Numbers(50, 0, 7)
    none = ClickQuery(start_ms=0, end_ms=ALL.end_ms, links=frozenset())
    assert await numbers(clicks, none) == Numbers(0, 0, 0)


async def test_odd_values_are_values(clicks: ClickStore) -> None:
    """Texts that a store may have a meaning of its own for come back as they are."""
    odd = [
        "null",
        "(more)",
        "'; --",
        "\\",
        "%",
        "\U0001d4cd",
        "é" * 200,
        "{}",
        "\ufeff",
    ]
    await clicks.add(
        [click(n, visitor=n, utm_term=value) for n, value in enumerate(odd, 1)]
    )
    question = Breakdown(Dimension.UTM_TERM, Order.VALUE, 100)
    (answer,) = (await clicks.ask(ALL, [question])).answers
    assert isinstance(answer, ByValue)
    assert [each.value for each in answer.listed] == sorted(odd)
    for value in odd:
        only = Filter(dimension=question.by, values=frozenset({value}))
        query = ClickQuery(start_ms=0, end_ms=ALL.end_ms, filters=(only,))
        assert (await numbers(clicks, query)).people == 1, value


@pytest.mark.slow
async def test_lists_have_pages_of_any_size(clicks: ClickStore) -> None:
    """Also over several batches and days, and where clicks have the same moment.

    ClickHouse 26.5 fails at some sizes if its top-k filter is on.
    """
    for batch in range(4):
        numbered = range(batch * 20 + 1, batch * 20 + 21)
        await clicks.add([click(each, day=DAY + each % 3) for each in numbered])
    for limit in (8, 11, 80):
        pages = await pages_of(clicks, limit=limit)
        assert {len(page) for page in pages[:-1]} <= {limit}
        listed = [each.sequence for page in pages for each in page]
        assert listed == sorted(range(1, 81), key=lambda each: (-(each % 3), -each))


async def pages_of(
    clicks: ClickStore, *, limit: int
) -> Sequence[Sequence[EnrichedClick]]:
    """Return the pages of a list of all clicks."""
    pages: list[Sequence[EnrichedClick]] = []
    after: ClickCursor | None = None
    while page := await clicks.clicks(ALL, after=after, limit=limit):
        pages.append(page)
        after = place_of(page[-1])
    return pages


async def test_shares_of_variants(clicks: ClickStore) -> None:
    """Clicks by rule and by variant; null has those where the link chose nothing."""
    await clicks.add(
        [
            click(1, variant="b"),
            click(2, variant="b", visitor=2),
            click(3, variant="größer", rule="Swiss phones"),
            click(4, rule="0", visitor=3),
            click(5, visitor=4, day=DAY + 1),
        ]
    )
    asked = [
        Breakdown(Dimension.VARIANT, Order.PEOPLE, 10),
        Breakdown(Dimension.RULE, Order.PEOPLE, 10),
    ]
    found = await clicks.ask(ALL, asked)
    variants, rules = (
        {one.value: one.numbers.people for one in answer.listed}
        for answer in found.answers
        if isinstance(answer, ByValue)
    )
    assert variants == {"b": 2, "größer": 1, None: 2}
    assert rules == {"Swiss phones": 1, "0": 1, None: 3}
    only = Filter(dimension=Dimension.VARIANT, values=frozenset({"b"}))
    about = ClickQuery(start_ms=ALL.start_ms, end_ms=ALL.end_ms, filters=(only,))
    assert (await numbers(clicks, about)).people == 2
