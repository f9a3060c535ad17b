"""Pages of a list, in a time that does not grow with the number of links.

Either some index finds few links that may belong to the list: then all of them are
read and sorted. Or each finds many: then the rows are read in the order of the list,
up to a bound, and those that do not belong to it are left out. A page may so have fewer
links than there is room for, although the list goes on behind it.
"""

from collections.abc import Sequence
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
    select,
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
from waypost.adapters.sql.schema.shared import BIG_INTEGER
from waypost.adapters.sql.statements.link_rows import COLUMNS, link_of
from waypost.adapters.sql.tables import click_budgets, click_counts, links, listed_links
from waypost.domain.links import CountedLink
from waypost.domain.listing.filters import LinkFilter, Place, Sort, Total
from waypost.ports.links import LinkPage

Rows: TypeAlias = Select[int, int]
"""The value by which links are sorted, and their ids."""

MOST_FOUND: Final = 5_000
"""Links that are read and sorted for a page, at most."""
MOST_READ: Final = 10_000
"""Links that are read in the order of the list for a page, at most."""
MOST_COUNTED: Final = 10_000
"""Links up to which a total is exact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """One list of links."""

    wanted: LinkFilter
    sort: Sort
    now: datetime


class _Found(NamedTuple):
    """Places of links in a list."""

    places: Sequence[Place]
    follows: Place | None
    """Behind which the list goes on; None: nowhere."""


def page(
    connection: Connection, listing: Listing, *, after: Place | None, limit: int
) -> LinkPage:
    """Return up to *limit* links of a list, those behind *after*."""
    found = _few(connection, listing, MOST_FOUND)
    if found is None:
        end = _walked(connection, listing, after, limit)
    else:
        rows = _belonging(listing, found, MOST_FOUND)
        end = _sorted(connection, listing, rows, after, limit)
    return LinkPage(links=_links_of(connection, end.places), follows=end.follows)


def total(connection: Connection, listing: Listing) -> Total:
    """Return how many links a list has, exactly if they are few."""
    found = _few(connection, listing, MOST_COUNTED)
    if found is not None:
        rows = _belonging(listing, found, MOST_COUNTED)
        return Total(connection.scalar(_count(rows)) or 0, is_exact=True)
    rows = _read_in_order(listing, None, MOST_COUNTED)
    last = _last_read(connection, listing, None, MOST_COUNTED)
    return Total(connection.scalar(_count(rows)) or 0, is_exact=last is None)


def _few(connection: Connection, listing: Listing, most: int) -> Ids | None:
    """Return what an index finds, if that are *most* links; None: there is no such."""
    for found in selections(listing.wanted, listing.now):
        number = connection.scalar(_count(found.limit(most + 1)))
        if (number or 0) <= most:
            return found
    return None


def _count(rows: Rows | Ids) -> Select[int]:
    return select(func.count()).select_from(rows.subquery())


def _belonging(listing: Listing, found: Ids, most: int) -> Rows:
    """Return value and id of the links that belong to the list, of those *found*."""
    conditions = [one for _, one in ranges(listing.wanted, listed_links)]
    return select(
        column_of(listing.sort.key, listed_links).label("value"),
        listed_links.c.link_id,
    ).where(
        listed_links.c.link_id.in_(found.limit(most)),
        *conditions,
        *others(listing.wanted, listing.now, listed_links),
    )


def _sorted(
    connection: Connection,
    listing: Listing,
    rows: Rows,
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


def _first(connection: Connection, statement: Rows, limit: int) -> _Found:
    rows = connection.execute(statement.limit(limit + 1)).all()
    places = [Place(row[0], row[1]) for row in rows]
    if len(places) <= limit:
        return _Found(places, None)
    return _Found(places[:limit], places[limit - 1])


def _walked(
    connection: Connection, listing: Listing, after: Place | None, limit: int
) -> _Found:
    """Return places of links that belong to the list, out of a bounded number."""
    found = _first(connection, _read_in_order(listing, after, MOST_READ), limit)
    if found.follows:
        return found
    return _Found(found.places, _last_read(connection, listing, after, MOST_READ))


def _read_in_order(listing: Listing, after: Place | None, most: int) -> Rows:
    """Return value and id of the links that belong to the list, out of the next ones.

    In the order of the list: both databases keep the order of what is in FROM.
    """
    value, link_id = column_of(listing.sort.key, listed_links), listed_links.c.link_id
    read = (
        select(*listed_links.c)
        .where(*_next(listing, after))
        .order_by(*_order(value, link_id, listing.sort))
        .limit(most)
        .subquery("read")
    )
    key = listing.sort.key
    conditions = [one for of, one in ranges(listing.wanted, read) if of is not key]
    return select(column_of(key, read).label("value"), read.c.link_id).where(
        *conditions, *others(listing.wanted, listing.now, read)
    )


def _last_read(
    connection: Connection, listing: Listing, after: Place | None, most: int
) -> Place | None:
    """Return the place up to which links are read; None: there are no more."""
    value, link_id = column_of(listing.sort.key, listed_links), listed_links.c.link_id
    statement = (
        select(value, link_id)
        .where(*_next(listing, after))
        .order_by(*_order(value, link_id, listing.sort))
        .offset(most - 1)
        .limit(1)
    )
    row = connection.execute(statement).first()
    return Place(row[0], row[1]) if row else None


def _next(listing: Listing, after: Place | None) -> list[Condition]:
    """Return the conditions of what is behind *after*, in the range that is sorted."""
    key, sort = listing.sort.key, listing.sort
    conditions = [one for of, one in ranges(listing.wanted, listed_links) if of is key]
    value = column_of(key, listed_links)
    return conditions + _behind(value, listed_links.c.link_id, sort, after)


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
