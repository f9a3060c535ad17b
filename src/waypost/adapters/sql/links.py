"""Statements about links."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, RowMapping, bindparam, func, select
from sqlalchemy.dialects.sqlite import insert

from waypost.adapters.sql.tables import click_counts, links
from waypost.domain.links import CountedLink, Link

_LINK: Final = select(
    links.c.id,
    links.c.domain,
    links.c.code,
    links.c.target,
    links.c.created_at,
    links.c.updated_at,
)
_COUNTED: Final = _LINK.add_columns(
    func.coalesce(click_counts.c.clicks, 0).label("clicks")
).outerjoin_from(links, click_counts, click_counts.c.link_id == links.c.id)
_WITH_CODE: Final = (links.c.domain == bindparam("domain")) & (
    links.c.code == bindparam("code")
)

# Made once: making a statement takes longer than SQLite takes to run it.
_LINK_WITH_CODE: Final = _LINK.where(_WITH_CODE)
_COUNTED_WITH_CODE: Final = _COUNTED.where(_WITH_CODE)
_INSERT: Final = insert(links).on_conflict_do_nothing()
_ANY: Final = select(links.c.id).limit(1)


def link_with_code(connection: Connection, code: str, domain: str) -> Link | None:
    """Return the link with exactly this code, or None."""
    parameters = {"code": code, "domain": domain}
    row = connection.execute(_LINK_WITH_CODE, parameters).mappings().first()
    return _link(row) if row else None


def counted_link_with_code(
    connection: Connection, code: str, domain: str
) -> CountedLink | None:
    """Return the link with exactly this code and its clicks, or None."""
    parameters = {"code": code, "domain": domain}
    row = connection.execute(_COUNTED_WITH_CODE, parameters).mappings().first()
    return _counted_link(row) if row else None


def newest_links(
    connection: Connection, limit: int, before_id: int | None
) -> Sequence[CountedLink]:
    """Return up to *limit* links by descending id, those below *before_id*."""
    newest = _COUNTED.order_by(links.c.id.desc()).limit(limit)
    if before_id is not None:
        newest = newest.where(links.c.id < before_id)
    return [_counted_link(row) for row in connection.execute(newest).mappings()]


def insert_link(connection: Connection, link: Link) -> bool:
    """Store *link*; return whether its code and its id were free."""
    values = {
        "id": link.id,
        "domain": link.domain,
        "code": link.code,
        "target": link.target,
        "created_at": link.created_at,
        "updated_at": link.updated_at,
    }
    return connection.execute(_INSERT, values).rowcount == 1


def read_any_link(connection: Connection) -> None:
    """Read one row, to see whether the database can be read."""
    connection.execute(_ANY).first()


def _link(row: RowMapping) -> Link:
    return Link(
        id=row["id"],
        domain=row["domain"],
        code=row["code"],
        target=row["target"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
    )


def _counted_link(row: RowMapping) -> CountedLink:
    return CountedLink(link=_link(row), clicks=row["clicks"])
