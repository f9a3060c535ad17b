"""Expiry keeps numbers, erasure keeps none, and both may be done again."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.columns.samples import DAY, DAY_START, click, random_clicks
from waypost.adapters.columns.rolling import making
from waypost.adapters.columns.store import ClickStore, open_sqlite
from waypost.adapters.columns.writing.values import ValueIds
from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.analytics.enriched import DAY_MS
from waypost.domain.analytics.questions import (
    Answer,
    Breakdown,
    ByValue,
    ClickQuery,
    Numbers,
    Order,
    Question,
    Series,
    Totals,
)
from waypost.ports.analytics.administration import Expired

LATER = DAY_START + 10 * DAY_MS
DAYS = ClickQuery(start_ms=DAY_START, end_ms=DAY_START + 4 * DAY_MS)
BY_DAY = Series(tuple(DAY_START + day * DAY_MS for day in range(5)))
BY_COUNTRY = Breakdown(Dimension.COUNTRY, Order.PEOPLE, 3)
QUESTIONS = (Totals(), BY_DAY, BY_COUNTRY)
SCOPES = (None, *(frozenset({link}) for link in range(1, 8)))


async def keep_all(store: ClickStore) -> None:
    """Do all upkeep."""
    while await store.keep(now_ms=LATER):
        pass


async def answers(
    store: ClickStore, query: ClickQuery, questions: Sequence[Question] = QUESTIONS
) -> tuple[Answer, ...]:
    """What the store says."""
    return (await store.ask(query, questions)).answers


async def total(store: ClickStore, query: ClickQuery) -> Numbers:
    """The numbers of all clicks of *query*."""
    (found,) = await answers(store, query, [Totals()])
    assert isinstance(found, Numbers)
    return found


@pytest.mark.parametrize("busy", [1, 60, 10_000])
async def test_expiry_changes_no_number_of_whole_days(
    store: ClickStore, monkeypatch: pytest.MonkeyPatch, busy: int
) -> None:
    """Of everything, and of each link with or without roll-ups of its own."""
    monkeypatch.setattr(making, "BUSY", busy)
    await store.add(random_clicks(2, 600))
    await keep_all(store)
    queries = [replace(DAYS, links=links) for links in SCOPES]
    before = [await answers(store, query) for query in queries]
    dry = await store.expire(before_day=DAY + 4, is_dry_run=True)
    assert dry == Expired(days=4, clicks=600)
    assert [await answers(store, query) for query in queries] == before
    assert await store.expire(before_day=DAY + 4, is_dry_run=False) == dry
    assert [await answers(store, query) for query in queries] == before
    again = await store.expire(before_day=DAY + 4, is_dry_run=False)
    assert again == Expired(days=0, clicks=0)
    assert await store.clicks(DAYS, after=None, limit=10) == []


async def test_expired_clicks_of_a_set_have_no_visitors(store: ClickStore) -> None:
    """People and machines add up; the same visitor may be at several links."""
    await store.add(random_clicks(2, 600))
    pair = replace(DAYS, links=frozenset({1, 3}))
    people, machines, _ = await total(store, pair)
    await store.expire(before_day=DAY + 4, is_dry_run=False)
    assert await total(store, pair) == Numbers(people, machines, None)


async def test_a_part_of_an_expired_month_has_unknown_values(store: ClickStore) -> None:
    """The sums are right, and no value has more than it had."""
    await store.add([click(at, country="CH", link_id=9) for at in (1, 2)])
    await store.add(
        [click(3, country="CH", link_id=9, time_ms=DAY_START + DAY_MS, visitor=5)]
    )
    await store.expire(before_day=DAY + 4, is_dry_run=False)
    one_day = replace(DAYS, end_ms=DAY_START + DAY_MS, links=frozenset({9}))
    (found,) = await answers(store, one_day, [BY_COUNTRY])
    assert isinstance(found, ByValue)
    assert found.whole == Numbers(2, 0, 0)
    assert list(found.listed) == [(None, Numbers(2, 0, 0))]


async def test_late_clicks_of_an_expired_day_are_counted(store: ClickStore) -> None:
    """They come to the roll-ups; nothing of the day is lost."""
    clicks = random_clicks(2, 600)
    await store.add(clicks[:500])
    await store.expire(before_day=DAY + 4, is_dry_run=False)
    await store.add(clicks[500:])
    assert (await total(store, DAYS)).clicks == 600
    await keep_all(store)
    assert (await total(store, DAYS)).clicks == 600
    sums = [await total(store, replace(DAYS, links=links)) for links in SCOPES[1:]]
    assert sum(each.clicks for each in sums) == 600


async def test_rollups_expire_as_well(store: ClickStore) -> None:
    """Then nothing is known of the days before."""
    await store.add(random_clicks(2, 600))
    later = (await answers(store, DAYS, [BY_DAY]))[0]
    await store.expire(before_day=DAY + 1, is_dry_run=False)
    found = await store.expire_rollups(before_day=DAY + 2, is_dry_run=True)
    assert found.days == 2
    assert await store.expire_rollups(before_day=DAY + 2, is_dry_run=False) == found
    (series,) = await answers(store, DAYS, [BY_DAY])
    nothing = Numbers(0, 0, 0)
    assert isinstance(later, tuple)
    assert series == (nothing, nothing, *later[2:])


async def test_a_link_is_erased_everywhere(store: ClickStore) -> None:
    """From the tail, chunks, roll-ups and months; the others' clicks stay."""
    clicks = random_clicks(2, 900)
    await store.add(clicks[:600])
    await keep_all(store)
    await store.expire(before_day=DAY + 1, is_dry_run=False)
    await store.add(clicks[600:])
    revision = (await store.ask(DAYS, [])).revision
    one = replace(DAYS, links=frozenset({1}))
    erased = (await total(store, one)).clicks
    assert await store.erase_link(1) == erased > 0
    assert await total(store, one) == Numbers(0, 0, 0)
    assert (await store.ask(DAYS, [])).revision > revision
    assert await store.erase_link(1) == 0
    assert await store.add(clicks) == 0
    await keep_all(store)
    checks = [check async for check in store.verify()]
    assert [check for check in checks if not check.is_equal] == []


async def test_a_visitor_is_erased_by_the_hash_of_a_day(store: ClickStore) -> None:
    """On other days the same number is another visitor."""
    moments = [DAY_START, DAY_START + 5, DAY_START + DAY_MS]
    clicks = [click(at, time_ms=ms, visitor=77) for at, ms in enumerate(moments, 1)]
    await store.add([*clicks, click(9, visitor=78)])
    assert await store.erase_visitor(DAY, 5) == 0
    assert await store.erase_visitor(DAY, 0) == 0
    assert await store.erase_visitor(DAY, 77) == 2
    assert await total(store, DAYS) == Numbers(2, 0, 2)


async def test_clicks_are_classified_again(store: ClickStore) -> None:
    """What the agent decides is replaced, in every state that a click can be in."""
    clicks = [
        click(1, agent="bot", visitor=1),
        click(2, agent="bot", machine="network"),
        click(3, agent="person", machine="agent"),
        click(4, visitor=2),
    ]
    await store.add(clicks)
    await keep_all(store)
    verdict = {"bot": "agent"}
    assert await store.reclassify(lambda agent: verdict.get(agent or "")) == 2
    assert await total(store, DAYS) == Numbers(2, 2, 1)
    assert await store.reclassify(lambda agent: verdict.get(agent or "")) == 0
    await keep_all(store)
    assert await total(store, DAYS) == Numbers(2, 2, 1)


async def test_agents_that_are_not_known_keep_their_verdict(store: ClickStore) -> None:
    """Those beyond the dictionary's bound share a text, which says nothing of them."""
    store._ids = ValueIds(daily=1)
    clicks = [
        click(1, agent="bot", visitor=1),
        click(2, agent="another bot", machine="agent"),
        click(3, agent="person", visitor=2),
    ]
    await store.add(clicks)
    await keep_all(store)
    assert await store.reclassify(lambda agent: agent and "agent") == 1
    assert await store.reclassify(lambda _agent: None) == 1
    assert await total(store, DAYS) == Numbers(2, 1, 2)


@pytest.mark.slow
async def test_what_has_expired_leaves_the_disk(tmp_path: Path) -> None:
    """The file is smaller afterwards, not only emptier."""
    path = tmp_path / "clicks.db"
    async with await open_sqlite(path) as store:
        await store.add([click(at, agent=f"a{at % 99}") for at in range(1, 60_001)])
        await keep_all(store)
        await store.expire(before_day=DAY + 1, is_dry_run=False)
    with closing(sqlite3.connect(path)) as connection:
        ((free,),) = connection.execute("PRAGMA freelist_count").fetchall()
    assert free == 0


async def test_a_dimension_that_roll_ups_lack_is_unknown(
    store: ClickStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Days that an older release has summed up have all their clicks, as unknown."""
    older = [each for each in making.ROLLED if each is not Dimension.VARIANT]
    monkeypatch.setattr(making, "ROLLED", tuple(older))
    await store.add(random_clicks(5, 400))
    await keep_all(store)
    (found,) = await answers(
        store, DAYS, [Breakdown(Dimension.VARIANT, Order.CLICKS, 9)]
    )
    assert isinstance(found, ByValue)
    assert [(one.value, one.numbers) for one in found.listed] == [(None, found.whole)]
    assert found.whole == await total(store, DAYS)
    assert found.whole.clicks == 400
