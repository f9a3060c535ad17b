"""Statements about links."""

from collections.abc import Collection, Sequence
from functools import cache
from typing import Final
from zlib import crc32

from sqlalchemy import (
    BigInteger,
    Connection,
    Executable,
    Integer,
    RowMapping,
    Text,
    bindparam,
    func,
    select,
    update,
)

from waypost.adapters.sql.budgets.statements import SPENT, change_limit, set_limits
from waypost.adapters.sql.dialect import (
    SQLITE,
    Locks,
    batch,
    columns_of,
    lock,
)
from waypost.adapters.sql.statements.link_rows import COLUMNS, NEW, link_of, row_of
from waypost.adapters.sql.tables import click_budgets, click_counts, links
from waypost.domain.links import CountedLink, Link
from waypost.wire.link_options import encode_options

_LINK: Final = select(*COLUMNS)
_COUNTED: Final = (
    _LINK.add_columns(func.coalesce(click_counts.c.clicks, 0).label("clicks"), SPENT)
    .outerjoin_from(links, click_counts, click_counts.c.link_id == links.c.id)
    .outerjoin(click_budgets, click_budgets.c.link_id == links.c.id)
)
_WITH_CODE: Final = (links.c.domain == bindparam("domain")) & (
    links.c.code == bindparam("code")
)

# Made once: making a statement takes longer than SQLite takes to run it.
_LINK_WITH_CODE: Final = _LINK.where(_WITH_CODE)
_COUNTED_WITH_CODE: Final = _COUNTED.where(_WITH_CODE)
# Without an index by clicks, which every counted batch would have to update: the
# whole narrow table is read instead, by the warmer when the cache is empty.
_MOST_CLICKED: Final = (
    _LINK.join_from(click_counts, links, click_counts.c.link_id == links.c.id)
    .where(click_counts.c.clicks > 0, links.c.deleted_at.is_(None))
    .order_by(click_counts.c.clicks.desc(), links.c.id)
    .limit(bindparam("limit", type_=Integer))
)
_CHANGE: Final = (
    update(links)
    .where(
        links.c.id == bindparam("link_id"),
        links.c.version == bindparam("last_version"),
    )
    .values(
        target=bindparam("new_target"),
        options=bindparam("new_options"),
        deleted_at=bindparam("new_deleted_at"),
        updated_at=bindparam("changed_at"),
        version=bindparam("new_version"),
        external_id=bindparam("new_external_id"),
    )
)


@cache
def _links_with_codes(dialect: str) -> Executable:
    codes = select(*columns_of(dialect, "codes", Text))
    return _LINK.where(links.c.domain == bindparam("domain"), links.c.code.in_(codes))


@cache
def _links_with_ids(dialect: str) -> Executable:
    ids = select(*columns_of(dialect, "ids", BigInteger()))
    return _LINK.where(links.c.id.in_(ids))


@cache
def _holding(dialect: str) -> Executable:
    # Every transaction uses this order, so that no deadlock can occur.
    ids = select(*columns_of(dialect, "ids", BigInteger()))
    held = select(links.c.id).where(links.c.id.in_(ids)).order_by(links.c.id)
    return held.with_for_update(key_share=True)


@cache
def _links_with_external_ids(dialect: str) -> Executable:
    ids = select(*columns_of(dialect, "ids", Text))
    return _LINK.where(links.c.external_id.in_(ids))


@cache
def _taken_external_ids(dialect: str) -> Executable:
    ids = select(*columns_of(dialect, "ids", Text))
    of = links.c
    taken = select(of.external_id).where(of.external_id.in_(ids))
    return taken.where(of.deleted_at.is_(None))


def link_with_code(connection: Connection, code: str, domain: str) -> Link | None:
    """Return the link with exactly this code, or None."""
    row = _row_with_code(connection, _LINK_WITH_CODE, code, domain)
    return link_of(row) if row else None


def links_with_codes(
    connection: Connection, codes: Collection[str], domain: str
) -> Sequence[Link]:
    """Return the links that have these codes, each once, in any order."""
    if "\0" in domain:
        return []
    statement = _links_with_codes(connection.dialect.name)
    parameters = {
        "codes": batch([code] for code in codes if "\0" not in code),
        "domain": domain,
    }
    return [
        link_of(row) for row in connection.execute(statement, parameters).mappings()
    ]


def links_with_ids(connection: Connection, ids: Collection[int]) -> Sequence[Link]:
    """Return the links that have these ids, each once, in any order."""
    statement = _links_with_ids(connection.dialect.name)
    parameters = {"ids": batch([link_id] for link_id in ids)}
    return [
        link_of(row) for row in connection.execute(statement, parameters).mappings()
    ]


def links_with_external_ids(
    connection: Connection, ids: Collection[str]
) -> Sequence[Link]:
    """Return the links that have these external ids, those that are deleted too."""
    statement = _links_with_external_ids(connection.dialect.name)
    rows = connection.execute(statement, {"ids": batch([one] for one in ids)})
    return [link_of(row) for row in rows.mappings()]


def ids_in_domains(
    connection: Connection, domains: Collection[str], *, limit: int
) -> Sequence[int]:
    """Return the ids of up to *limit* links of *domains*, deleted ones included."""
    found = select(links.c.id).where(links.c.domain.in_(sorted(domains)))
    return connection.execute(found.limit(limit)).scalars().all()


def hold_external_ids(connection: Connection, ids: Collection[str]) -> frozenset[str]:
    """Keep other transactions from giving links these ids; return those that are taken.

    The index refuses a second one too, but fails the whole transaction.
    """
    lock(connection, Locks.EXTERNAL_IDS, [crc32(one.encode()) >> 1 for one in ids])
    statement = _taken_external_ids(connection.dialect.name)
    taken = connection.scalars(statement, {"ids": batch([one] for one in sorted(ids))})
    return frozenset(one for one in taken if one is not None)


def counted_link_with_code(
    connection: Connection, code: str, domain: str
) -> CountedLink | None:
    """Return the link with exactly this code and its clicks, or None."""
    row = _row_with_code(connection, _COUNTED_WITH_CODE, code, domain)
    return _counted_link(row) if row else None


def newest_links(
    connection: Connection, limit: int, before_id: int | None
) -> Sequence[CountedLink]:
    """Return up to *limit* links by descending id, those below *before_id*."""
    newest = _COUNTED.where(links.c.deleted_at.is_(None))
    newest = newest.order_by(links.c.id.desc()).limit(limit)
    if before_id is not None:
        newest = newest.where(links.c.id < before_id)
    return [_counted_link(row) for row in connection.execute(newest).mappings()]


def most_clicked_links(connection: Connection, limit: int) -> Sequence[Link]:
    """Return up to *limit* links with clicks, by descending number of them."""
    rows = connection.execute(_MOST_CLICKED, {"limit": limit}).mappings()
    return [link_of(row) for row in rows]


def insert_links(connection: Connection, new: Sequence[Link]) -> frozenset[int]:
    """Store links; return the ids of those whose id or code was not free."""
    first_by_id: dict[int, Link] = {}
    refused = set()
    for link in new:
        if first_by_id.setdefault(link.id, link) is not link:
            refused.add(link.id)
    # Every transaction uses this order, so that no deadlock can occur.
    ordered = sorted(first_by_id.values(), key=lambda link: (link.domain, link.code))
    new_ids = frozenset(NEW.add(connection, list(map(row_of, ordered))))
    set_limits(connection, (link for link in ordered if link.id in new_ids))
    return frozenset(refused | (first_by_id.keys() - new_ids))


def hold_links(
    connection: Connection, ids: Collection[int], *, codes: Collection[str]
) -> None:
    """Keep other transactions from changing these links until this one ends.

    Those that hold some of *codes* wait, too. On SQLite a transaction that writes has
    the database to itself.
    """
    if connection.dialect.name == SQLITE:
        return
    if codes:
        # A server has room for few thousand locks.
        lock(connection, Locks.CODES, [crc32(one.encode()) % 1_024 for one in codes])
    if not ids:
        return
    statement = _holding(connection.dialect.name)
    connection.execute(statement, {"ids": batch([link_id] for link_id in ids)})


def change_link(connection: Connection, link: Link) -> bool:
    """Replace the last version of *link*; return whether that version was stored."""
    values = {
        "link_id": link.id,
        "last_version": link.version - 1,
        "new_target": link.target,
        "new_options": encode_options(link.options).decode(),
        "new_deleted_at": link.deleted_at,
        "changed_at": link.updated_at,
        "new_version": link.version,
        "new_external_id": link.external_id,
    }
    is_stored = connection.execute(_CHANGE, values).rowcount == 1
    if is_stored:
        change_limit(connection, link)
    return is_stored


def _row_with_code(
    connection: Connection, statement: Executable, code: str, domain: str
) -> RowMapping | None:
    # No text of PostgreSQL holds this character, so no query may contain it either.
    if "\0" in code + domain:
        return None
    parameters = {"code": code, "domain": domain}
    return connection.execute(statement, parameters).mappings().first()


def _counted_link(row: RowMapping) -> CountedLink:
    return CountedLink(link=link_of(row), clicks=row["clicks"], spent=row["spent"])
