"""Pages of lists, compared with looking at every link."""

from dataclasses import replace
from datetime import timedelta
from random import Random
from typing import TypeVar

import pytest

from tests.contract.lists.listed import (
    NOW,
    ListedStorage,
    all_pages,
    links,
    up_to_date,
)
from tests.contract.stored import add, count
from waypost.adapters.sql.listing import searching
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.links import CountedLink
from waypost.domain.listing.errors import SortNeedsFilter
from waypost.domain.listing.filters import (
    LISTED_STATES,
    Feature,
    LinkFilter,
    Moments,
    Numbers,
    Sort,
    SortKey,
)
from waypost.domain.listing.matching import matches
from waypost.domain.listing.orders import WITHOUT_INDEX, check_sort, sort_value
from waypost.domain.verdict import LinkState

T = TypeVar("T")

_TAGS = (("print",), ("print", "sold out"), ("100%", "é"), ("a_b",), ("100",))
_DOMAINS = (("",), ("go.example.org",), ("", "go.example.org"))
_WORDS = (("spring",), ("spr", "exam"), ("v2",), ("日",))


def _read_less(patched: pytest.MonkeyPatch, turn: int, *, is_whole: bool) -> None:
    """Have pages read in each way in turn: all that is found, or in order, or both.

    If it *is_whole*, in the first way alone.
    """
    bounds = ((5_000, 20_000), (3, 25), (3, 4))[0 if is_whole else turn % 3]
    names = ("MOST_FOUND", "MOST_KNOWN")
    for name, bound in zip(names, bounds, strict=True):
        patched.setattr(searching, name, bound)
    patched.setattr(searching, "MOST_READ", dict.fromkeys(SortKey, 5))
    patched.setattr(searching, "MOST_PASSED", 7)
    patched.setattr(searching, "MOST_COUNTED", (10_000, 6)[turn % 2])


def _filter(random: Random) -> LinkFilter:
    """Return a filter of up to some of all conditions."""

    def some(value: T, default: T) -> T:
        return value if random.random() < 0.25 else default

    one_state = frozenset({random.choice(list(LinkState))})
    many_states = random.choice((LISTED_STATES, frozenset(LinkState)))
    most, none = random.choice((None, 2)), frozenset[Feature]()
    since, soon = random.choice((None, NOW)), NOW + timedelta(seconds=1)
    return LinkFilter(
        words=some(random.choice(_WORDS), ()),
        states=some(one_state, many_states),
        tags=some(frozenset(random.choice(_TAGS)), frozenset()),
        has_all_tags=random.random() < 0.5,
        without_tags=some(
            frozenset(random.choice((("print", "sold out"), ("100",)))), frozenset()
        ),
        archived=random.choice((None, None, False, True)),
        crawlable=random.choice((None, None, False, True)),
        has=some(frozenset(random.sample(list(Feature), random.choice((1, 2)))), none),
        lacks=some(
            frozenset(random.sample(list(Feature), random.choice((1, 2)))), none
        ),
        lacks_any_tag=random.random() < 0.5,
        host=some(random.choice(("example.com", "shop.example.com", "10.0.0.7")), None),
        target=some("https://example.com/spring", None),
        name=some("spring1", None),
        domains=some(frozenset(random.choice(_DOMAINS)), None),
        created=some(Moments(start=NOW - timedelta(seconds=2)), Moments()),
        updated=some(Moments(start=NOW - timedelta(seconds=1), end=NOW), Moments()),
        valid_until=some(Moments(start=since, end=soon), Moments()),
        clicks=some(Numbers(least=1, most=most), Numbers()),
    )


def _with_values(wanted: LinkFilter, key: SortKey, random: Random) -> LinkFilter:
    """Return *wanted* with what makes all links have a value of *key*."""
    try:
        check_sort(wanted, Sort(key=key))
    except SortNeedsFilter:
        some_end = replace(wanted, valid_until=Moments(end=NOW + timedelta(days=1)))
        with_expiry = replace(wanted, has=frozenset({Feature.EXPIRY}))
        return random.choice((some_end, with_expiry))
    return wanted


@pytest.mark.slow
async def test_pages_are_those_of_looking_at_every_link(
    storage: ListedStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """For every filter and order: pages have all of it, once, in order."""
    random = Random(26)
    stored = links(random, 60)
    await add(storage, *stored)
    clicks = {link.id: random.randrange(4) for link in stored if random.random() < 0.5}
    await count(storage, clicks)
    spent = {
        link.id: random.randrange(1, 3) for link in stored if link.options.max_clicks
    }
    await storage.budgets.take(spent)
    await up_to_date(storage.lists)
    for turn in range(84):
        key = list(SortKey)[turn % len(SortKey)]
        _read_less(monkeypatch, turn, is_whole=key in WITHOUT_INDEX)
        wanted = _with_values(_filter(random), key, random)
        sort = Sort(key=key, is_descending=random.random() < 0.5)
        found = await all_pages(storage.lists, wanted, sort, random.choice((3, 10, 50)))
        expected = [
            counted
            for link in stored
            if matches(
                counted := CountedLink(
                    link=link,
                    clicks=clicks.get(link.id, 0),
                    spent=spent.get(link.id, 0),
                ),
                wanted=wanted,
                now=NOW,
            )
        ]
        expected.sort(
            key=lambda one: (
                sort_value(one, sort.key),
                one.link.id,
            ),
            reverse=sort.is_descending,
        )
        assert found == expected, (wanted, sort)
        total = await storage.lists.total(wanted, now=NOW)
        assert total.number <= len(expected), wanted
        assert total.number == len(expected) or not total.is_exact, wanted


async def test_an_order_without_an_index_needs_a_filter_that_finds_few(
    sql: SqlStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """More links than can be sorted for a page are refused, and never read."""
    await add(sql, *links(Random(7), 30))
    await up_to_date(sql.lists)
    monkeypatch.setattr(searching, "MOST_SORTED", 20)
    sort, few = Sort(key=SortKey.TITLE), LinkFilter(tags=frozenset({"print"}))
    found = await all_pages(sql.lists, few, sort, 10)
    assert found
    with pytest.raises(SortNeedsFilter, match="finds more than"):
        await all_pages(sql.lists, LinkFilter(), sort, 10)
