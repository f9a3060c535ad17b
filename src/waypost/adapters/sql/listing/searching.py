"""Pages of a list, in a time that does not grow with the number of links.

Some index finds few links that may belong to the list: then all of them are read and
sorted. Or each finds many: then the rows are read in the order of the list, up to a
bound, and those that do not belong to it are left out. In an order in which each row
takes long, only those are read that an index finds, out of more, if it finds not too
many. A page may so have fewer links than there is room for, although the list goes on
behind it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Final, NamedTuple, TypeAlias

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Select,
    func,
    literal_column,
    select,
    true,
    tuple_,
)

from waypost.adapters.sql.budgets.statements import SPENT
from waypost.adapters.sql.dialect import batch, columns_of
from waypost.adapters.sql.listing.conditions import (
    Condition,
    Ids,
    column_of,
    others,
    ranges,
    selections,
)
from waypost.adapters.sql.listing.marks import Rows
from waypost.adapters.sql.listing.texts import sorted_texts
from waypost.adapters.sql.schema.shared import BIG_INTEGER
from waypost.adapters.sql.statements.link_rows import COLUMNS, link_of
from waypost.adapters.sql.tables import click_budgets, click_counts, links, listed_links
from waypost.domain.links import CountedLink
from waypost.domain.listing.errors import SortNeedsFilter
from waypost.domain.listing.filters import LinkFilter, Place, Sort, SortKey, Total
from waypost.domain.listing.orders import WITHOUT_INDEX
from waypost.ports.links import LinkPage

Placed: TypeAlias = Select[int, int]
"""The value by which links are sorted, and their ids."""

MOST_FOUND: Final = 5_000
"""Links that are read and sorted for a page, at most."""
MOST_READ: Final[Mapping[SortKey, int]] = {
    SortKey.CREATED: 10_000,
    SortKey.UPDATED: 4_000,
    SortKey.CODE: 4_000,
    SortKey.CLICKS: 4_000,
    SortKey.VALID_UNTIL: 4_000,
}
"""Links that are read in the order of the list for a page, at most. Those that were
made one after the other lie beside each other; in other orders each takes four times
as long."""
MOST_SORTED: Final = 1_000
"""The same in an order without an index, for which another table is read, too."""
MOST_KNOWN: Final = 20_000
"""Links of one index among which those of the list are looked for, at most."""
MOST_PASSED: Final = 25_000
"""Links that are then passed in the order of the list for a page, at most."""
MOST_COUNTED: Final = 10_000
"""Links up to which a total is exact."""
_TOO_MANY: Final = (
    f"Each of the filters finds more than {MOST_SORTED:,} links, and this order has no "
    "index. Add a filter that finds fewer, such as a tag or a word, or sort by "
    "created_at, updated_at, code or clicks."
)
_MOST_TRIED: Final = 2
"""Indexes that are asked for `MOST_KNOWN` links: each takes some milliseconds."""
_ONE: Final[ColumnElement[int]] = literal_column("1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One list of links."""

    wanted: LinkFilter
    sort: Sort
    now: datetime


class _Few(NamedTuple):
    """A list is read by reading all that an index finds, and sorting it."""

    found: Ids


class _Walk(NamedTuple):
    """A list is read in its order."""

    passed: int
    """So many links for a page, at most."""
    known: Ids | None = None
    """Only these of them are read; None: all are."""


class _Found(NamedTuple):
    """Places of links in a list."""

    places: Sequence[Place]
    follows: Place | None
    """Behind which the list goes on; None: nowhere."""


def page(
    connection: Connection, listing: Listing, *, after: Place | None, limit: int
) -> LinkPage:
    """Return up to *limit* links of a list, those behind *after*."""
    if listing.sort.key in WITHOUT_INDEX:
        places = _sorted_texts(connection, listing, after)
        end = _cut(places[: limit + 1], limit)
        return LinkPage(links=_links_of(connection, end.places), follows=end.follows)
    way = _way(connection, listing)
    if isinstance(way, _Few):
        rows = _belonging(listing, way.found)
        end = _sorted(connection, listing, rows, after, limit)
    else:
        end = _walked(connection, listing, way, after, limit)
    return LinkPage(links=_links_of(connection, end.places), follows=end.follows)


def total(connection: Connection, listing: Listing) -> Total:
    """Return how many links a list has, exactly if they are few."""
    for found in _selected(listing):
        if _number_of(connection, found, MOST_COUNTED) <= MOST_COUNTED:
            rows = _belonging(listing, found.limit(MOST_COUNTED))
            return Total(connection.scalar(_count(rows)) or 0, is_exact=True)
    walk = _Walk(MOST_COUNTED)
    rows = _read_in_order(connection.dialect.name, listing, walk, None)
    last = _last_passed(connection, listing, walk, None)
    return Total(connection.scalar(_count(rows)) or 0, is_exact=last is None)


def _way(connection: Connection, listing: Listing) -> _Few | _Walk:
    """Return how a list is read: some index may find few links that can be in it."""
    key, known = listing.sort.key, None
    for place, found in enumerate(_selected(listing)):
        is_tried = key is not SortKey.CREATED and place < _MOST_TRIED
        most = MOST_KNOWN if is_tried else MOST_FOUND
        number = _number_of(connection, found, most)
        if number <= MOST_FOUND:
            return _Few(found.limit(MOST_FOUND))
        if number <= most and known is None:
            known = found.limit(MOST_KNOWN)
    if known is not None:
        return _Walk(MOST_PASSED, known)
    return _Walk(MOST_READ[key])


def _sorted_texts(
    connection: Connection, listing: Listing, after: Place | None
) -> Sequence[Place]:
    """Return the places of all links of a list behind *after*, which has no index.

    Raises:
        SortNeedsFilter: Each index finds too many.
    """
    for found in (*_selected(listing), select(listed_links.c.link_id)):
        if _number_of(connection, found, MOST_SORTED) <= MOST_SORTED:
            ids = _ids_belonging(listing, found.limit(MOST_SORTED))
            return sorted_texts(connection, ids, listing.sort, after)
    raise SortNeedsFilter(_TOO_MANY)


def _selected(listing: Listing) -> Iterator[Ids]:
    return selections(listing.wanted, listing.sort.key, listing.now)


def _number_of(connection: Connection, found: Ids, most: int) -> int:
    """Return how many links are *found*, *most* and one at most."""
    return connection.scalar(_count(found.limit(most + 1))) or 0


def _count(rows: Placed | Ids) -> Select[int]:
    return select(func.count()).select_from(rows.subquery())


def _belonging(listing: Listing, found: Ids) -> Placed:
    """Return value and id of the links that belong to the list, of those *found*."""
    value = column_of(listing.sort.key, listed_links).label("value")
    ids = _ids_belonging(listing, found)
    return ids.with_only_columns(value, listed_links.c.link_id)


def _ids_belonging(listing: Listing, found: Ids) -> Ids:
    return select(listed_links.c.link_id).where(
        listed_links.c.link_id.in_(found),
        *(one for _, one in ranges(listing.wanted, listed_links)),
        *others(listing.wanted, listing.now, listed_links),
    )


def _sorted(
    connection: Connection,
    listing: Listing,
    rows: Placed,
    after: Place | None,
    limit: int,
) -> _Found:
    """Return places of *rows* in order, and the last one if others follow it."""
    # Materialised, so that no other index is read from its beginning instead.
    few = rows.cte("few").prefix_with("MATERIALIZED")
    value, link_id = few.c.value, few.c.link_id
    statement = (
        select(value, link_id)
        .where(*_behind(value, link_id, listing.sort, after))
        .order_by(*_order(value, link_id, listing.sort))
    )
    return _first(connection, statement, limit)


def _first(connection: Connection, statement: Placed, limit: int) -> _Found:
    rows = connection.execute(statement.limit(limit + 1)).all()
    return _cut([Place(row[0], row[1]) for row in rows], limit)


def _cut(places: Sequence[Place], limit: int) -> _Found:
    """Return *limit* places, of one more if there is one behind them."""
    if len(places) <= limit:
        return _Found(places, None)
    return _Found(places[:limit], places[limit - 1])


def _walked(
    connection: Connection,
    listing: Listing,
    walk: _Walk,
    after: Place | None,
    limit: int,
) -> _Found:
    """Return places of links that belong to the list, out of a bounded number."""
    statement = _read_in_order(connection.dialect.name, listing, walk, after)
    found = _first(connection, statement, limit)
    if found.follows:
        return found
    return _Found(found.places, _last_passed(connection, listing, walk, after))


def _read_in_order(
    dialect: str, listing: Listing, walk: _Walk, after: Place | None
) -> Placed:
    """Return value and id of the links that belong to the list, out of the next ones.

    In the order of the list: both databases keep the order of what is in FROM.
    """
    if walk.known is None and dialect != "sqlite":
        return _read_with_order(listing, walk, after)
    # No join, because PostgreSQL would choose in which order it is made.
    ids = listed_links.c.link_id
    read = _in_order(listing, after).limit(walk.passed).subquery("read")
    row = (
        select(_ONE)
        .where(ids == read.c.link_id, *_besides_order(listing, listed_links))
        .correlate(read)
    )
    statement = select(
        column_of(listing.sort.key, read).label("value"), read.c.link_id
    ).where(row.scalar_subquery() == _ONE)
    if walk.known is None:
        return statement
    return statement.where(read.c.link_id.in_(walk.known).is_(true()))


def _read_with_order(listing: Listing, walk: _Walk, after: Place | None) -> Placed:
    """Return the same, with the rows where the index of the order says that they are.

    SQLite would copy all columns of each; PostgreSQL finds each once instead of twice.
    """
    rows = _in_order(listing, after).with_only_columns(*listed_links.c)
    read = rows.limit(walk.passed).subquery("read")
    return select(
        column_of(listing.sort.key, read).label("value"), read.c.link_id
    ).where(*_besides_order(listing, read))


def _besides_order(listing: Listing, rows: Rows) -> Iterator[Condition]:
    """Yield the conditions that `_in_order` leaves."""
    for key, condition in ranges(listing.wanted, rows):
        if key is not listing.sort.key:
            yield condition
    yield from others(listing.wanted, listing.now, rows)


def _last_passed(
    connection: Connection, listing: Listing, walk: _Walk, after: Place | None
) -> Place | None:
    """Return the place up to which links were passed; None: there are no more."""
    statement = _in_order(listing, after).offset(walk.passed - 1).limit(1)
    row = connection.execute(statement).first()
    return Place(row[0], row[1]) if row else None


def _in_order(listing: Listing, after: Place | None) -> Placed:
    """Return value and id of what is behind *after*, in the range that is sorted."""
    key, sort = listing.sort.key, listing.sort
    value, link_id = column_of(key, listed_links), listed_links.c.link_id
    # Only links that have it are in a list that is sorted by it, and in its index.
    is_there = [value.is_not(None)] if key is SortKey.VALID_UNTIL else []
    return (
        select(value, link_id)
        .where(*(one for of, one in ranges(listing.wanted, listed_links) if of is key))
        .where(*is_there, *_behind(value, link_id, sort, after))
        .order_by(*_order(value, link_id, sort))
    )


def _behind(
    value: ColumnElement[int],
    link_id: ColumnElement[int],
    sort: Sort,
    after: Place | None,
) -> list[Condition]:
    if after is None:
        return []
    here = tuple_(value, link_id)
    last = tuple_(*after, types=[value.type, link_id.type])
    return [here < last if sort.is_descending else here > last]


def _order(
    value: ColumnElement[int], link_id: ColumnElement[int], sort: Sort
) -> Sequence[ColumnElement[int]]:
    if sort.is_descending:
        return value.desc(), link_id.desc()
    return value, link_id


@cache
def _with_ids(dialect: str) -> Executable:
    ids = select(*columns_of(dialect, "ids", BIG_INTEGER))
    clicks = func.coalesce(click_counts.c.clicks, 0).label("clicks")
    return (
        select(*COLUMNS, clicks, SPENT)
        .outerjoin_from(links, click_counts, click_counts.c.link_id == links.c.id)
        .outerjoin(click_budgets, click_budgets.c.link_id == links.c.id)
        .where(links.c.id.in_(ids))
    )


def _links_of(connection: Connection, places: Sequence[Place]) -> list[CountedLink]:
    """Return the links at *places*, without those that are gone meanwhile."""
    ids = batch([place.id] for place in places)
    rows = connection.execute(
        _with_ids(connection.dialect.name), {"ids": ids}
    ).mappings()
    found = {
        row["id"]: CountedLink(
            link=link_of(row), clicks=row["clicks"], spent=row["spent"]
        )
        for row in rows
    }
    return [found[place.id] for place in places if place.id in found]
