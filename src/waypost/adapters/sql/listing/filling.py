"""Listing links that were made, changed or removed, some at a time.

::

    links ─ trigger ─▶ unlisted_links ─▶ list_changed ─┬▶ listed_links
    links from before lists ─────────▶ list_older ──┘  and link_words
"""

from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cache
from typing import Final, TypeAlias

import structlog
from sqlalchemy import (
    Connection,
    Executable,
    Integer,
    RowMapping,
    Text,
    bindparam,
    delete,
    func,
    select,
    true,
    tuple_,
    update,
)

from waypost.adapters.sql.dialect import Locks, batch, columns_of, inserting, lock
from waypost.adapters.sql.listing.marks import marks_of
from waypost.adapters.sql.listing.tag_totals import Differences, Share
from waypost.adapters.sql.schema.shared import BIG_INTEGER
from waypost.adapters.sql.statements.link_rows import COLUMNS, link_of
from waypost.adapters.sql.tables import (
    click_counts,
    link_tags,
    link_words,
    links,
    listed_links,
    listing_progress,
    unlisted_links,
)
from waypost.domain.listing.entries import Entry, entry_of
from waypost.domain.listing.filters import Feature

Names: TypeAlias = Mapping[int, frozenset[str]]
"""Words or tags of links, by the links' ids."""

_log = structlog.get_logger()

_CHANGES: Final = (
    select(unlisted_links.c.number, unlisted_links.c.link_id)
    .order_by(unlisted_links.c.number)
    .limit(bindparam("limit", type_=Integer))
)
_IS_OF_LINKS: Final = listing_progress.c.name == "links"
_OLDER: Final = (
    select(links.c.id)
    .where(
        links.c.id
        < select(listing_progress.c.link_id).where(_IS_OF_LINKS).scalar_subquery()
    )
    .order_by(links.c.id.desc())
    .limit(bindparam("limit", type_=Integer))
)
_MOVE: Final = update(listing_progress).where(_IS_OF_LINKS)
_TABLES: Final = {str(table.name): table for table in (link_words, link_tags)}
_NAMES: Final = tuple(column.name for column in listed_links.columns)
_TYPES: Final = (
    BIG_INTEGER,
    Text,
    BIG_INTEGER,
    BIG_INTEGER,
    BIG_INTEGER,
    BIG_INTEGER,
    Integer,
    Integer,
    Text,
    BIG_INTEGER,
    BIG_INTEGER,
    Text,
    Text,
    Integer,
    Integer,
    Integer,
    Integer,
)


@cache
def _with_ids(dialect: str) -> Executable:
    ids = select(*columns_of(dialect, "ids", BIG_INTEGER))
    return (
        select(*COLUMNS, func.coalesce(click_counts.c.clicks, 0).label("clicks"))
        .outerjoin_from(links, click_counts, click_counts.c.link_id == links.c.id)
        .where(links.c.id.in_(ids))
    )


@cache
def _old(dialect: str) -> Executable:
    ids = select(*columns_of(dialect, "ids", BIG_INTEGER))
    listed = listed_links.c
    columns = (
        listed.link_id,
        listed.words,
        listed.tags,
        listed.clicks,
        listed.is_deleted,
    )
    return select(*columns).where(listed.link_id.in_(ids))


@cache
def _removing_links(dialect: str) -> Executable:
    ids = select(*columns_of(dialect, "ids", BIG_INTEGER))
    return delete(listed_links).where(listed_links.c.link_id.in_(ids))


@cache
def _removing_numbers(dialect: str) -> Executable:
    numbers = select(*columns_of(dialect, "numbers", BIG_INTEGER))
    return delete(unlisted_links).where(unlisted_links.c.number.in_(numbers))


@cache
def _removing_names(dialect: str, table: str) -> Executable:
    of = _TABLES[table]
    gone = select(*columns_of(dialect, "names", Text, BIG_INTEGER))
    return delete(of).where(tuple_(*of.columns).in_(gone))


@cache
def _adding_names(dialect: str, table: str) -> Executable:
    of = _TABLES[table]
    rows = select(*columns_of(dialect, "names", Text, BIG_INTEGER)).where(true())
    adding = inserting(dialect, of).from_select([*of.columns], rows)
    return adding.on_conflict_do_nothing()


@cache
def _listing(dialect: str) -> Executable:
    rows = select(*columns_of(dialect, "rows", *_TYPES)).where(true())
    adding = inserting(dialect, listed_links).from_select(list(_NAMES), rows)
    new = {name: adding.excluded[name] for name in _NAMES if name != "link_id"}
    return adding.on_conflict_do_update(index_elements=["link_id"], set_=new)


def has_changed(connection: Connection) -> bool:
    """Return whether a link was made, changed or removed since it was listed."""
    return connection.scalar(select(unlisted_links.c.number).limit(1)) is not None


def has_older(connection: Connection) -> bool:
    """Return whether there are links from before lists that are not listed yet."""
    return connection.scalar(_OLDER, {"limit": 1}) is not None


def list_changed(connection: Connection, limit: int) -> int:
    """List up to *limit* links that have changed; return how many changes there were.

    What another process lists at the moment is waited for.
    """
    lock(connection, Locks.LISTS, [0])
    changes = connection.execute(_CHANGES, {"limit": limit}).all()
    if changes:
        _list(connection, {link_id for _, link_id in changes})
        numbers = batch([number] for number, _ in changes)
        removing = _removing_numbers(connection.dialect.name)
        connection.execute(removing, {"numbers": numbers})
    return len(changes)


def list_older(connection: Connection, limit: int) -> int:
    """List up to *limit* links from before there were lists; return how many.

    The newest come first.
    """
    lock(connection, Locks.LISTS, [0])
    older = connection.scalars(_OLDER, {"limit": limit}).all()
    if older:
        _list(connection, set(older))
        connection.execute(_MOVE.values(link_id=older[-1]))
    return len(older)


def _list(connection: Connection, ids: AbstractSet[int]) -> None:
    dialect = connection.dialect.name
    wanted = {"ids": batch([link_id] for link_id in sorted(ids))}
    found = connection.execute(_with_ids(dialect), wanted).mappings().all()
    clicks = {row["id"]: row["clicks"] for row in found}
    entries = [entry for row in found if (entry := _entry(row))]
    old = connection.execute(_old(dialect), wanted).all()
    _change_names(
        connection,
        "link_words",
        {row.link_id: frozenset(row.words.split()) for row in old},
        {entry.id: entry.words | marks_of(entry) for entry in entries},
    )
    _change_names(
        connection,
        "link_tags",
        {row.link_id: _tags_in(row.tags) for row in old},
        {entry.id: entry.tags for entry in entries},
    )
    Differences.between(
        (Share(_tags_in(row.tags), row.clicks) for row in old if not row.is_deleted),
        (Share(one.tags, clicks[one.id]) for one in entries if not one.is_deleted),
        (name for entry in entries for name in entry.tag_names),
    ).store(connection)
    gone = ids - {entry.id for entry in entries}
    if gone & {row.link_id for row in old}:
        removed = batch([link_id] for link_id in sorted(gone))
        connection.execute(_removing_links(dialect), {"ids": removed})
    if entries:
        rows = batch(_row(entry, clicks[entry.id]) for entry in entries)
        connection.execute(_listing(dialect), {"rows": rows})


def _entry(row: RowMapping) -> Entry | None:
    try:
        return entry_of(link_of(row))
    except ValueError as error:
        # Options that cannot be read: the link cannot be shown either.
        _log.error("list.link_unreadable", link_id=row["id"], kind=type(error).__name__)
        return None


def _change_names(connection: Connection, table: str, old: Names, new: Names) -> None:
    gone, come = _missing(old, new), _missing(new, old)
    dialect = connection.dialect.name
    if gone:
        connection.execute(_removing_names(dialect, table), {"names": batch(gone)})
    if come:
        connection.execute(_adding_names(dialect, table), {"names": batch(come)})


def _tags_in(text: str) -> frozenset[str]:
    return frozenset(text.split("/")) - {""}


def _missing(some: Names, others: Names) -> Sequence[tuple[str, int]]:
    """Return the names that links have in *some* and not in *others*, in order."""
    nothing: frozenset[str] = frozenset()
    return sorted(
        (name, link_id)
        for link_id, names in some.items()
        for name in names - others.get(link_id, nothing)
    )


def _row(entry: Entry, clicks: int) -> tuple[int | str | None, ...]:
    return (
        entry.id,
        entry.name,
        entry.created_at,
        entry.updated_at,
        entry.valid_since,
        entry.valid_until,
        int(entry.is_disabled),
        int(entry.is_deleted),
        entry.host,
        entry.target_key,
        clicks,
        "".join(f" {word}" for word in sorted(entry.words | marks_of(entry))),
        "/".join(["", *sorted(entry.tags), ""]) if entry.tags else "",
        int(entry.is_archived),
        int(entry.is_quarantined),
        int(entry.is_crawlable),
        int(Feature.PASSWORD in entry.features),
    )
