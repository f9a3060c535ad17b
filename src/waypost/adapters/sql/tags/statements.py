"""Statements about tags.

A tag is one that a visible link has, or of which something is said. Tags that a change
under way takes from links count as gone, and their links as those of the new name.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from typing import Final

from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Integer,
    RowMapping,
    Text,
    bindparam,
    delete,
    func,
    insert,
    select,
    tuple_,
    union,
    update,
)
from sqlalchemy.types import DateTime

from waypost.adapters.sql.dialect import (
    Locks,
    batch,
    columns_of,
    inserting,
    lock,
    moment,
)
from waypost.adapters.sql.listing.marks import Rows
from waypost.adapters.sql.schema.shared import BIG_INTEGER
from waypost.adapters.sql.schema.tag_tables import tag_changes, tag_totals, tags
from waypost.adapters.sql.tables import link_tags, links
from waypost.domain.links import Link
from waypost.domain.tags.values import (
    Tag,
    TagChange,
    TagDetails,
    TagOrder,
    TagPage,
    TagPlace,
    TagQuery,
    destinations,
)
from waypost.wire.link_options import encode_options

_CHANGES: Final = select(tag_changes).order_by(tag_changes.c.number)
_ENDING: Final = delete(tag_changes).where(
    tag_changes.c.number == bindparam("change", type_=BIG_INTEGER)
)
_TAGGED: Final = (
    select(link_tags.c.link_id)
    .where(
        link_tags.c.tag == bindparam("tag", type_=Text),
        link_tags.c.link_id > bindparam("after", type_=BIG_INTEGER),
    )
    .order_by(link_tags.c.link_id)
    .limit(bindparam("limit", type_=Integer))
)


def page(connection: Connection, query: TagQuery) -> TagPage:
    """Return the tags of *query*."""
    gone = destinations(_changes(connection))
    known = _known(gone.keys())
    value = _value(query, known)
    order: Sequence[ColumnElement[int]] = (value, known.c.key)
    if query.is_descending:
        order = (value.desc(), known.c.key.desc())
    found = select(known, value.label("value")).where(*_wanted(query, known))
    paged = found.order_by(*order).limit(query.limit + 1)
    rows = connection.execute(paged).mappings().all()
    shown, follows = rows[: query.limit], None
    if len(rows) > query.limit:
        follows = TagPlace(shown[-1]["value"], shown[-1]["key"])
    return TagPage(_tags_of(connection, shown, gone), follows)


def _value(query: TagQuery, known: Rows) -> ColumnElement[int]:
    columns = {
        TagOrder.NAME: known.c.key,
        TagOrder.LINKS: known.c.links,
        TagOrder.CLICKS: known.c.clicks,
    }
    return columns[query.order]


def _wanted(query: TagQuery, known: Rows) -> Iterator[ColumnElement[bool]]:
    if query.text:
        yield known.c.key.contains(query.text, autoescape=True)
    if query.after is not None:
        value = _value(query, known)
        here, types = tuple_(value, known.c.key), [value.type, known.c.key.type]
        last = tuple_(*query.after, types=types)
        yield here < last if query.is_descending else here > last


def one(connection: Connection, key: str) -> Tag | None:
    """Return the tag with this key, or None."""
    if "\0" in key:
        return None
    gone = destinations(_changes(connection))
    known = _known(gone.keys())
    rows = connection.execute(select(known).where(known.c.key == key)).mappings().all()
    return next(iter(_tags_of(connection, rows, gone)), None)


def next_change(connection: Connection) -> TagChange | None:
    """Return the oldest change that is under way, or None."""
    return next(iter(_changes(connection)), None)


def tagged(
    connection: Connection, key: str, *, after: int, limit: int
) -> Sequence[int]:
    """Return the ids above *after*, ascending, of up to *limit* links."""
    wanted = {"tag": key, "after": after, "limit": limit}
    return connection.scalars(_TAGGED, wanted).all()


def hold(connection: Connection) -> None:
    """Keep others from changing tags until this transaction ends."""
    lock(connection, Locks.TAGS, [0])


def put(connection: Connection, details: TagDetails) -> None:
    """Store what is said of a tag."""
    values = {
        "key": details.key,
        "name": details.name,
        "color": details.color,
        "description": details.description,
        "created_at": details.created_at,
    }
    adding = inserting(connection.dialect.name, tags).values(**values)
    new = {name: adding.excluded[name] for name in values if name != "key"}
    connection.execute(adding.on_conflict_do_update(index_elements=["key"], set_=new))


def remove(connection: Connection, key: str) -> None:
    """Remove what is said of a tag."""
    connection.execute(delete(tags).where(tags.c.key == key))


def begin(connection: Connection, old: str, new: str | None) -> None:
    """Note that a change is under way."""
    connection.execute(insert(tag_changes), {"old": old, "new": new})


def end(connection: Connection, change: TagChange) -> None:
    """Note that *change* is carried out."""
    connection.execute(_ENDING, {"change": change.number})


def replace_links(connection: Connection, new: Sequence[Link]) -> int:
    """Store the options of *new* in place of those of their last versions."""
    rows = batch(
        (
            link.id,
            link.version,
            moment(link.updated_at),
            encode_options(link.options).decode(),
        )
        # Every transaction uses this order, so that no deadlock can occur.
        for link in sorted(new, key=lambda one: one.id)
    )
    replacing = _replacing(connection.dialect.name)
    return connection.execute(replacing, {"links": rows}).rowcount


@cache
def _replacing(dialect: str) -> Executable:
    types = (BIG_INTEGER, Integer, DateTime(timezone=True), Text)
    names = ("id", "version", "updated_at", "options")
    columns = columns_of(dialect, "links", *types)
    new = select(
        *(column.label(name) for column, name in zip(columns, names, strict=True))
    ).subquery("new")
    return (
        update(links)
        .where(links.c.id == new.c.id, links.c.version == new.c.version - 1)
        .values(
            version=new.c.version,
            updated_at=new.c.updated_at,
            options=new.c.options,
        )
    )


def _changes(connection: Connection) -> Sequence[TagChange]:
    rows = connection.execute(_CHANGES).all()
    return [TagChange(number=row.number, old=row.old, new=row.new) for row in rows]


def _known(gone: Collection[str]) -> Rows:
    """Return the tags that there are, with what is stored of them."""
    used = select(tag_totals.c.tag.label("key")).where(
        tag_totals.c.links > 0, tag_totals.c.tag.not_in(sorted(gone))
    )
    keys = union(select(tags.c.key), used).subquery("keys")
    return (
        select(
            keys.c.key,
            func.coalesce(tags.c.name, tag_totals.c.name).label("name"),
            tags.c.color,
            tags.c.description,
            tags.c.created_at,
            _number("links").label("links"),
            _number("clicks").label("clicks"),
        )
        .select_from(keys)
        .outerjoin(tags, tags.c.key == keys.c.key)
        .outerjoin(tag_totals, tag_totals.c.tag == keys.c.key)
        .subquery("known")
    )


def _number(name: str) -> ColumnElement[int]:
    return func.coalesce(tag_totals.c[name], 0)


def _tags_of(
    connection: Connection,
    rows: Sequence[RowMapping],
    gone: Mapping[str, str | None],
) -> Sequence[Tag]:
    links_to, clicks_to = _moving(connection, gone)
    return [
        _tag_of(
            row,
            is_losing=row["key"] in gone,
            more_links=links_to[row["key"]],
            more_clicks=clicks_to[row["key"]],
        )
        for row in rows
    ]


def _tag_of(
    row: RowMapping, *, is_losing: bool, more_links: int, more_clicks: int
) -> Tag:
    details = None
    if row["created_at"] is not None:
        details = TagDetails(
            name=row["name"],
            color=row["color"],
            description=row["description"],
            created_at=row["created_at"],
        )
    has_links, has_clicks = (0, 0) if is_losing else (row["links"], row["clicks"])
    return Tag(
        name=row["name"],
        links=max(0, has_links + more_links),
        clicks=max(0, has_clicks + more_clicks),
        details=details,
    )


def _moving(
    connection: Connection, gone: Mapping[str, str | None]
) -> tuple[Counter[str], Counter[str]]:
    """Return how many links and clicks tags get by changes under way."""
    links_to, clicks_to = Counter[str](), Counter[str]()
    if gone:
        of = select(tag_totals).where(tag_totals.c.tag.in_(sorted(gone)))
        for row in connection.execute(of).all():
            if (new := gone[row.tag]) is not None:
                links_to[new] += row.links
                clicks_to[new] += row.clicks
    return links_to, clicks_to
