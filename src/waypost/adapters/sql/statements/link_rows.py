"""A link as a row: the only list of its columns."""

from typing import Final

from sqlalchemy import ColumnElement, RowMapping, and_, false, or_

from waypost.adapters.sql.bulk.new_rows import MOMENT, NewRows
from waypost.adapters.sql.dialect import moment
from waypost.adapters.sql.tables import links
from waypost.domain.access.keys import Actor, ActorType
from waypost.domain.links import Link
from waypost.domain.options import NO_OPTIONS
from waypost.wire.link_options import decode_options, encode_options

COLUMNS: Final = tuple(links.columns)
"""The columns of a link, in the order of `row_of`."""
NEW: Final = NewRows(
    table=links.name,
    columns=tuple(column.name for column in COLUMNS),
    types=(
        "bigint",
        *("text", "text", "text"),
        *(MOMENT, MOMENT),
        *("integer", "text", MOMENT, "text", "text"),
    ),
    ending="ON CONFLICT DO NOTHING RETURNING id",
)
"""Rows of `row_of` that are added if their ids and codes are free."""


def row_of(link: Link) -> tuple[int | str | None, ...]:
    """Return *link* as a row of a batch."""
    created_at = moment(link.created_at)
    is_new = link.updated_at is link.created_at
    options = link.options
    return (
        link.id,
        link.domain,
        link.code,
        link.target,
        created_at,
        created_at if is_new else moment(link.updated_at),
        link.version,
        "{}" if options is NO_OPTIONS else encode_options(options).decode(),
        None if link.deleted_at is None else moment(link.deleted_at),
        link.external_id,
        None if link.created_by is None else _maker_text(link.created_by),
    )


def link_of(row: RowMapping) -> Link:
    """Return the link in *row*, which has all `COLUMNS`."""
    return Link(
        id=row["id"],
        domain=row["domain"],
        code=row["code"],
        target=row["target"],
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        version=row["version"],
        options=decode_options(row["options"]),
        deleted_at=row["deleted_at"],
        external_id=row["external_id"],
        created_by=_maker_of(row["created_by"]),
    )


def made_by(maker: str) -> ColumnElement[bool]:
    """Return the condition that *maker* made a link: a key's id, or a type without."""
    if ":" in maker or "\0" in maker:
        return false()
    made, key = links.c.created_by, f"{ActorType.KEY}:{maker}"
    return or_(and_(made >= f"{key}:", made < f"{key};"), made == f"{maker}::")


def _maker_text(actor: Actor) -> str:
    return f"{actor.type}:{actor.id or ''}:{actor.name or ''}"


def _maker_of(text: str | None) -> Actor | None:
    if text is None:
        return None
    of_type, _, rest = text.partition(":")
    of_id, _, name = rest.partition(":")
    return Actor(of_type, of_id or None, name or None)
