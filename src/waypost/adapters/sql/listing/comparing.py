"""Bringing the clicks of links into the lists, some links at a time.

An index of the counts themselves would be changed with every batch of clicks that is
counted. This one is changed for each link at most once a round.
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, Integer, bindparam, func, select, update

from waypost.adapters.sql.dialect import Locks, inserting, lock
from waypost.adapters.sql.listing.tag_totals import Differences, Sums
from waypost.adapters.sql.schema.shared import BIG_INTEGER
from waypost.adapters.sql.tables import click_counts, listed_links, listing_progress

_NAME: Final = "clicks"
_BEFORE_ALL: Final = -1
"""Below the id of every link."""
_REACHED: Final = select(listing_progress.c.link_id).where(
    listing_progress.c.name == _NAME
)
_AFTER: Final = bindparam("after", type_=BIG_INTEGER)
_NEXT: Final = (
    select(click_counts.c.link_id)
    .where(click_counts.c.link_id > _AFTER)
    .order_by(click_counts.c.link_id)
    .limit(bindparam("limit", type_=Integer))
    .subquery("next")
)
_END: Final = select(func.max(_NEXT.c.link_id), func.count())
_IS_IN_RANGE: Final = click_counts.c.link_id.between(
    _AFTER + 1, bindparam("last", type_=BIG_INTEGER)
)
_DIFFER: Final = (
    listed_links.c.link_id == click_counts.c.link_id,
    listed_links.c.clicks != click_counts.c.clicks,
    _IS_IN_RANGE,
)
_OF_TAGS: Final = select(
    listed_links.c.tags, click_counts.c.clicks - listed_links.c.clicks
).where(*_DIFFER, listed_links.c.tags != "", listed_links.c.is_deleted == 0)
_CHANGE: Final = (
    update(listed_links).where(*_DIFFER).values(clicks=click_counts.c.clicks)
)


def compare_some(connection: Connection, limit: int) -> bool:
    """Bring the clicks of the next *limit* links with clicks into the lists.

    Return whether they were the last ones: the next call begins with the first again.
    """
    lock(connection, Locks.LISTS, [0])
    reached = connection.scalar(_REACHED)
    after = _BEFORE_ALL if reached is None else reached
    last, number = connection.execute(_END, {"after": after, "limit": limit}).one()
    is_end: bool = number < limit
    if number:
        _change(connection, {"after": after, "last": last})
    following = _BEFORE_ALL if is_end else last
    if following != after:
        _move(connection, following)
    return is_end


def _change(connection: Connection, some: Mapping[str, int]) -> None:
    of_tags = Differences({}, {})
    for tags, clicks in connection.execute(_OF_TAGS, some).all():
        of_tags.add(tags.strip("/").split("/"), Sums(0, clicks))
    of_tags.store(connection)
    connection.execute(_CHANGE, some)


def _move(connection: Connection, link_id: int) -> None:
    row = {"name": _NAME, "link_id": link_id}
    moving = inserting(connection.dialect.name, listing_progress).values(**row)
    connection.execute(
        moving.on_conflict_do_update(
            index_elements=["name"], set_={"link_id": moving.excluded.link_id}
        )
    )
