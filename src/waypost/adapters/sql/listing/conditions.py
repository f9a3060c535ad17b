"""A filter of links as conditions on their rows in `listed_links`.

It means what `domain/listing/matching.py` says.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from datetime import datetime
from typing import Final, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Select,
    and_,
    exists,
    false,
    literal_column,
    not_,
    or_,
    select,
)

from waypost.adapters.sql.listing.marks import Rows, found_by, has_one
from waypost.adapters.sql.statements.link_rows import made_by
from waypost.adapters.sql.tables import (
    click_budgets,
    link_tags,
    link_words,
    links,
    listed_links,
)
from waypost.domain.links import DEFAULT_DOMAIN, key_of
from waypost.domain.listing.entries import host_path, microseconds, target_key
from waypost.domain.listing.filters import (
    LISTED_STATES,
    Feature,
    LinkFilter,
    Moments,
    Numbers,
    SortKey,
)
from waypost.domain.verdict import LinkState

Condition: TypeAlias = ColumnElement[bool]
Ids: TypeAlias = Select[int]
"""Ids of links out of one index."""

# Written out, so that the index of only these rows is used.
_YES: Final[ColumnElement[int]] = literal_column("1")
_NO: Final[ColumnElement[int]] = literal_column("0")
_IS_SPENT: Final[Condition] = click_budgets.c.spent >= click_budgets.c.max_clicks
_LAST: Final = "\U0010ffff"
"""Behind every letter and digit."""

_COLUMNS: Final = {
    SortKey.CREATED: "created_at",
    SortKey.UPDATED: "updated_at",
    SortKey.CODE: "name",
    SortKey.CLICKS: "clicks",
    SortKey.VALID_UNTIL: "valid_until",
}
"""Those that have an index."""


def column_of(key: SortKey, rows: Rows) -> ColumnElement[int]:
    """Return the column of *rows* by which they are sorted."""
    return rows.c[_COLUMNS[key]]


def ranges(wanted: LinkFilter, rows: Rows) -> Iterator[tuple[SortKey, Condition]]:
    """Yield the conditions that are ranges of a column by which rows are sorted."""
    for key, moments in (
        (SortKey.CREATED, wanted.created),
        (SortKey.UPDATED, wanted.updated),
    ):
        for condition in _in_moments(column_of(key, rows), moments):
            yield key, condition
    for condition in _in_numbers(rows.c.clicks, wanted.clicks):
        yield SortKey.CLICKS, condition
    for condition in _ending(wanted, rows):
        yield SortKey.VALID_UNTIL, condition


def others(wanted: LinkFilter, now: datetime, rows: Rows) -> Iterator[Condition]:
    """Yield the conditions that are no `ranges`."""
    yield from _is_named(wanted, rows)
    if wanted.target is not None:
        yield rows.c.target_key == target_key(wanted.target)
    for condition in _of_links(wanted):
        yield exists().where(links.c.id == rows.c.link_id, condition)
    if wanted.host is not None:
        yield _has_host(wanted.host, rows)
    for word in wanted.words:
        # Words are letters and digits: nothing that LIKE reads as a pattern.
        yield rows.c.words.like(f"% {word}%")
    yield from _have_tags(wanted, rows)
    if wanted.archived is not None:
        yield rows.c.is_archived == int(wanted.archived)
    if wanted.crawlable is not None:
        yield rows.c.is_crawlable == (_YES if wanted.crawlable else _NO)
    if wanted.has:
        yield has_one(wanted.has, rows)
    if wanted.lacks:
        yield not_(has_one(wanted.lacks, rows))
    if wanted.states != frozenset(LinkState):
        yield _has_state(wanted, microseconds(now), rows)


def selections(wanted: LinkFilter, key: SortKey, now: datetime) -> Iterator[Ids]:
    """Yield what single indexes find for *wanted*, the most selective ones first.

    Not the range of *key*, by which links are sorted: no others are read in its order.
    """
    found = select(listed_links.c.link_id)
    yield from _named(wanted)
    if wanted.target is not None:
        yield found.where(listed_links.c.target_key == target_key(wanted.target))
    for condition in _of_links(wanted):
        yield select(links.c.id).where(condition)
    for word in sorted(wanted.words, key=len, reverse=True):
        yield select(link_words.c.link_id).where(
            link_words.c.word >= word, link_words.c.word < word + _LAST
        )
    yield from _tagged(wanted)
    if wanted.host is not None:
        yield found.where(_has_host(wanted.host, listed_links))
    yield from _marked(wanted)
    if len(wanted.states) == 1 and LinkState.ACTIVE not in wanted.states:
        (state,) = wanted.states
        yield found.where(_INDEXED[state](microseconds(now)))
    by_key: dict[SortKey, list[Condition]] = {}
    for of, condition in ranges(wanted, listed_links):
        if of is not key:
            by_key.setdefault(of, []).append(condition)
    for conditions in by_key.values():
        yield found.where(*conditions)


def _of_links(wanted: LinkFilter) -> Iterator[Condition]:
    """Yield the conditions of the links themselves, which a list need not follow."""
    if wanted.external_id is not None:
        yield links.c.external_id == wanted.external_id
    if wanted.created_by is not None:
        yield made_by(wanted.created_by)


def _is_named(wanted: LinkFilter, rows: Rows) -> Iterator[Condition]:
    if wanted.name is not None:
        yield rows.c.name == wanted.name
    if wanted.domains is not None:
        yield _has_domain(wanted.domains, rows)


def _named(wanted: LinkFilter) -> Iterator[Ids]:
    found, domains = select(listed_links.c.link_id), wanted.domains
    if wanted.name is not None:
        yield found.where(listed_links.c.name == wanted.name)
    if domains is not None and DEFAULT_DOMAIN not in domains:
        yield found.where(_has_domain(domains, listed_links))


def _marked(wanted: LinkFilter) -> Iterator[Ids]:
    if wanted.crawlable:
        yield select(listed_links.c.link_id).where(listed_links.c.is_crawlable == _YES)
    if wanted.has:
        yield found_by(wanted.has)


def _tagged(wanted: LinkFilter) -> Iterator[Ids]:
    found, tags = select(link_tags.c.link_id), sorted(wanted.tags)
    if wanted.has_all_tags:
        for tag in tags:
            yield found.where(link_tags.c.tag == tag)
    elif tags:
        yield found.where(link_tags.c.tag.in_(tags))


def _in_moments(column: ColumnElement[int], wanted: Moments) -> Iterator[Condition]:
    if wanted.start is not None:
        yield column >= microseconds(wanted.start)
    if wanted.end is not None:
        yield column < microseconds(wanted.end)


def _ending(wanted: LinkFilter, rows: Rows) -> Iterator[Condition]:
    """Yield the conditions of `valid_until`; one, so that only rows with it are read.

    With an order of it, every link of the list has it: `domain/listing/orders.py`.
    """
    yield from _in_moments(rows.c.valid_until, wanted.valid_until)
    if wanted.has == {Feature.EXPIRY} or wanted.states == {LinkState.EXPIRED}:
        yield rows.c.valid_until.is_not(None)


def _in_numbers(column: ColumnElement[int], wanted: Numbers) -> Iterator[Condition]:
    if wanted.least is not None:
        yield column >= wanted.least
    if wanted.most is not None:
        yield column <= wanted.most


def _have_tags(wanted: LinkFilter, rows: Rows) -> Iterator[Condition]:
    def has(tag: str) -> Condition:
        return rows.c.tags.contains(f"/{tag}/", autoescape=True)

    if wanted.has_all_tags:
        yield from map(has, sorted(wanted.tags))
    elif wanted.tags:
        yield or_(false(), *map(has, sorted(wanted.tags)))
    absent = [not_(has(tag)) for tag in sorted(wanted.without_tags)]
    if absent and wanted.lacks_any_tag:
        yield or_(*absent)
    else:
        yield from absent


def _has_domain(domains: Collection[str], rows: Rows) -> Condition:
    name = rows.c.name

    def has(domain: str) -> Condition:
        if domain == DEFAULT_DOMAIN:
            return not_(name.contains("/", autoescape=True))
        start = key_of("", domain)
        return and_(name >= start, name < start + _LAST)

    return or_(false(), *map(has, sorted(domains)))


def _has_host(host: str, rows: Rows) -> Condition:
    path = host_path(host)
    return and_(rows.c.host >= path, rows.c.host < path + _LAST)


_INDEXED: Final[Mapping[LinkState, Callable[[int], Condition]]] = {
    LinkState.DELETED: lambda _: listed_links.c.is_deleted == _YES,
    LinkState.QUARANTINED: lambda _: listed_links.c.is_quarantined == _YES,
    LinkState.DISABLED: lambda _: listed_links.c.is_disabled == _YES,
    LinkState.SCHEDULED: lambda now: listed_links.c.valid_since > now,
    LinkState.EXPIRED: lambda now: listed_links.c.valid_until <= now,
    LinkState.EXHAUSTED: lambda _: listed_links.c.link_id.in_(
        select(click_budgets.c.link_id).where(_IS_SPENT)
    ),
}
"""Conditions that links of a state meet, and that an index finds."""


def _has_state(wanted: LinkFilter, now: int, rows: Rows) -> Condition:
    """Return the condition that a link has one of the states: `domain/verdict.py`."""
    since, until = rows.c.valid_since, rows.c.valid_until
    has_begun = or_(since.is_(None), since <= now)
    has_not_ended = or_(until.is_(None), until > now)
    is_there = rows.c.is_deleted == _NO
    is_spent = exists().where(click_budgets.c.link_id == rows.c.link_id, _IS_SPENT)
    if wanted.states == LISTED_STATES:
        return is_there
    is_free = and_(is_there, rows.c.is_quarantined == _NO)
    is_on = and_(is_free, rows.c.is_disabled == _NO)
    conditions = {
        LinkState.DELETED: rows.c.is_deleted == _YES,
        LinkState.QUARANTINED: and_(is_there, rows.c.is_quarantined == _YES),
        LinkState.DISABLED: and_(is_free, rows.c.is_disabled == _YES),
        LinkState.SCHEDULED: and_(is_on, since > now),
        LinkState.EXPIRED: and_(is_on, has_begun, until <= now),
        LinkState.EXHAUSTED: and_(is_on, has_begun, has_not_ended, is_spent),
        LinkState.ACTIVE: and_(is_on, has_begun, has_not_ended, not_(is_spent)),
    }
    return or_(false(), *(conditions[state] for state in sorted(wanted.states)))
