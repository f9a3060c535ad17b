"""How many links and clicks tags have, changed with the rows that they are sums of.

Sums that an older release has not changed, or that were never made, are counted anew
tag by tag.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Final, NamedTuple

from sqlalchemy import (
    Connection,
    Executable,
    Select,
    Text,
    bindparam,
    delete,
    func,
    select,
    true,
    union_all,
    update,
)

from waypost.adapters.sql.dialect import Locks, batch, columns_of, inserting, lock
from waypost.adapters.sql.schema.shared import BIG_INTEGER
from waypost.adapters.sql.schema.tag_tables import tag_totals
from waypost.adapters.sql.tables import link_tags, links, listed_links
from waypost.domain.options import folded
from waypost.wire.link_options import decode_options


class Sums(NamedTuple):
    """Links and clicks, or differences of both."""

    links: int
    clicks: int


class Share(NamedTuple):
    """What one link adds to each of its tags."""

    tags: Iterable[str]
    """Folded."""
    clicks: int


class Recount(NamedTuple):
    """What the sums of a tag are, and what they should be."""

    tag: str
    name: str
    stored: Sums | None
    """None: there are none."""
    counted: Sums


_NOTHING: Final = Sums(0, 0)
_AFTER: Final = bindparam("after", type_=Text)
_TAG: Final = bindparam("wanted", type_=Text)


@dataclass(slots=True)
class Differences:
    """Differences of the sums of several tags, until they are stored together."""

    sums: dict[str, Sums]
    names: dict[str, str]
    """Spellings, by their folded forms."""

    @classmethod
    def between(
        cls, before: Iterable[Share], after: Iterable[Share], names: Iterable[str]
    ) -> "Differences":
        """Return those of links that had, and that have, such shares."""
        found = cls({}, {})
        for name in names:
            found.names.setdefault(folded(name), name)
        for share in before:
            found.add(share.tags, Sums(-1, -share.clicks))
        for share in after:
            found.add(share.tags, Sums(1, share.clicks))
        return found

    def add(self, tags: Iterable[str], more: Sums) -> None:
        """Add *more* to each of *tags*."""
        for tag in tags:
            was = self.sums.get(tag, _NOTHING)
            self.sums[tag] = Sums(was.links + more.links, was.clicks + more.clicks)

    def store(self, connection: Connection) -> None:
        """Add all of them to what is stored, under the lock of lists."""
        rows = [
            (tag, self.names.get(tag, tag), *sums)
            for tag, sums in sorted(self.sums.items())
            if sums != _NOTHING
        ]
        if rows:
            adding = _adding(connection.dialect.name)
            connection.execute(adding, {"rows": batch(rows)})


@cache
def _adding(dialect: str) -> Executable:
    columns = columns_of(dialect, "rows", Text, Text, BIG_INTEGER, BIG_INTEGER)
    adding = inserting(dialect, tag_totals).from_select(
        ["tag", "name", "links", "clicks"], select(*columns).where(true())
    )
    return adding.on_conflict_do_update(
        index_elements=["tag"],
        set_={
            name: tag_totals.c[name] + adding.excluded[name]
            for name in ("links", "clicks")
        },
    )


_NEXT: Final = select(func.min(link_tags.c.tag).label("tag")).where(
    link_tags.c.tag > _AFTER
)
_NEXT_TOTAL: Final = select(func.min(tag_totals.c.tag).label("tag")).where(
    tag_totals.c.tag > _AFTER
)
_STORED: Final = tag_totals.c.tag == _TAG
_COUNTED: Final = (
    select(
        func.count(),
        func.coalesce(func.sum(listed_links.c.clicks), 0),
        select(tag_totals.c.links).where(_STORED).scalar_subquery(),
        select(tag_totals.c.clicks).where(_STORED).scalar_subquery(),
    )
    .join_from(link_tags, listed_links, listed_links.c.link_id == link_tags.c.link_id)
    .where(link_tags.c.tag == _TAG, listed_links.c.is_deleted == 0)
)
"""What is, and what is stored, in one statement, so that both are of one moment."""
_SPELLING: Final = (
    select(links.c.options)
    .join_from(link_tags, links, links.c.id == link_tags.c.link_id)
    .where(link_tags.c.tag == _TAG)
    .limit(1)
)
_IS_AS_READ: Final = (
    _STORED,
    tag_totals.c.links == bindparam("stored_links", type_=BIG_INTEGER),
    tag_totals.c.clicks == bindparam("stored_clicks", type_=BIG_INTEGER),
)
_REMOVING: Final = delete(tag_totals).where(*_IS_AS_READ)
_SETTING: Final = (
    update(tag_totals)
    .where(*_IS_AS_READ)
    .values(
        links=bindparam("new_links", type_=BIG_INTEGER),
        clicks=bindparam("new_clicks", type_=BIG_INTEGER),
    )
)


def next_tag(connection: Connection, after: str) -> str | None:
    """Return the first tag above *after* that a link has, or that has sums."""
    both = union_all(_NEXT, _NEXT_TOTAL).subquery("both")
    first: Select[str] = select(func.min(both.c.tag))
    return connection.scalar(first, {"after": after})


def recount(connection: Connection, tag: str) -> Recount:
    """Return what the sums of *tag* are, and what they should be."""
    row = connection.execute(_COUNTED, {"wanted": tag}).one()
    number, clicks, stored_links, stored_clicks = row
    counted = Sums(number, int(clicks))
    if stored_links is not None:
        return Recount(tag, tag, Sums(stored_links, stored_clicks), counted)
    options = connection.scalar(_SPELLING, {"wanted": tag})
    spelled = decode_options(options).tags if options else ()
    name = next((one for one in spelled if folded(one) == tag), tag)
    return Recount(tag, name, None, counted)


def correct(connection: Connection, found: Recount) -> None:
    """Store what was counted, unless the sums have changed since.

    So of two processes that count at once only one corrects them.
    """
    lock(connection, Locks.LISTS, [0])
    tag, counted, stored = found.tag, found.counted, found.stored
    if stored is None:
        adding = inserting(connection.dialect.name, tag_totals)
        row = {"tag": tag, "name": found.name, **counted._asdict()}
        connection.execute(adding.values(**row).on_conflict_do_nothing())
        return
    was = {"wanted": tag, "stored_links": stored.links, "stored_clicks": stored.clicks}
    if counted == _NOTHING:
        connection.execute(_REMOVING, was)
        return
    new = {"new_links": counted.links, "new_clicks": counted.clicks}
    connection.execute(_SETTING, was | new)
