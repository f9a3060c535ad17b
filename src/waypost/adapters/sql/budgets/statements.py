"""Statements about the budgets of links.

A budget is written in the transaction that writes its link, so that the row is there
for each link with `max_clicks`, and says what the link says. The row stays when the
option is removed: who has passed until then is not forgotten.
"""

from collections.abc import Collection, Iterable, Mapping
from functools import cache
from typing import Final

from sqlalchemy import Connection, Executable, bindparam, func, select, true, update

from waypost.adapters.sql.dialect import (
    batch,
    columns_of,
    inserting,
    write_before_answering,
)
from waypost.adapters.sql.schema.shared import BIG_INTEGER
from waypost.adapters.sql.tables import click_budgets
from waypost.domain.links import Link

_SPEND: Final = (
    update(click_budgets)
    .where(click_budgets.c.link_id == bindparam("of", type_=BIG_INTEGER))
    .values(spent=click_budgets.c.spent + bindparam("more", type_=BIG_INTEGER))
)
_UNLIMITED: Final = (
    update(click_budgets)
    .where(
        click_budgets.c.link_id == bindparam("of", type_=BIG_INTEGER),
        click_budgets.c.max_clicks.is_not(None),
    )
    .values(max_clicks=None)
)
SPENT: Final = func.coalesce(click_budgets.c.spent, 0).label("spent")
"""Of a row that may have no budget."""


@cache
def _held(dialect: str) -> Executable:
    # In the order of the ids, so that no deadlock can occur.
    ids = select(*columns_of(dialect, "ids", BIG_INTEGER))
    return (
        select(*click_budgets.columns)
        .where(click_budgets.c.link_id.in_(ids))
        .order_by(click_budgets.c.link_id)
        .with_for_update()
    )


@cache
def _exhausted(dialect: str) -> Executable:
    ids = select(*columns_of(dialect, "ids", BIG_INTEGER))
    return select(click_budgets.c.link_id).where(
        click_budgets.c.link_id.in_(ids),
        click_budgets.c.spent >= click_budgets.c.max_clicks,
    )


@cache
def _limiting(dialect: str) -> Executable:
    rows = select(*columns_of(dialect, "budgets", *(3 * [BIG_INTEGER])))
    adding = inserting(dialect, click_budgets).from_select(
        list(click_budgets.columns.keys()), rows.where(true())
    )
    return adding.on_conflict_do_update(
        index_elements=["link_id"], set_={"max_clicks": adding.excluded.max_clicks}
    )


def set_limits(connection: Connection, links: Iterable[Link]) -> None:
    """Make the budgets of *links*, which are new, those that their options say."""
    limits = {link.id: link.options.max_clicks for link in links}
    rows = [(each, most, 0) for each, most in sorted(limits.items()) if most]
    if rows:
        limiting = _limiting(connection.dialect.name)
        connection.execute(limiting, {"budgets": batch(rows)})


def change_limit(connection: Connection, link: Link) -> None:
    """Make the budget of *link* the one that its options say; what is spent stays."""
    if link.options.max_clicks is None:
        connection.execute(_UNLIMITED, {"of": link.id})
    else:
        set_limits(connection, [link])


def take_clicks(connection: Connection, wanted: Mapping[int, int]) -> dict[int, int]:
    """Take up to so many clicks of links, by their ids; return how many each gave."""
    write_before_answering(connection)
    ids = {"ids": batch([link_id] for link_id in sorted(wanted))}
    given: dict[int, int] = {}
    spending = []
    for link_id, most, spent in connection.execute(_held(connection.dialect.name), ids):
        number = wanted[link_id]
        given[link_id] = number if most is None else max(0, min(number, most - spent))
        if most is not None and given[link_id]:
            spending.append({"of": link_id, "more": given[link_id]})
    if spending:
        connection.execute(_SPEND, spending)
    return given


def exhausted_links(connection: Connection, ids: Collection[int]) -> frozenset[int]:
    """Return those of the links that have no click left."""
    wanted = {"ids": batch([link_id] for link_id in sorted(ids))}
    return frozenset(
        connection.scalars(_exhausted(connection.dialect.name), wanted).all()
    )
