"""A link as a row: the only list of its columns."""

from typing import Final

from sqlalchemy import DateTime, Integer, RowMapping, Text

from waypost.adapters.sql.dialect import moment
from waypost.adapters.sql.schema.shared import BIG_INTEGER
from waypost.adapters.sql.tables import links
from waypost.domain.links import Link
from waypost.domain.options import NO_OPTIONS
from waypost.wire.link_options import decode_options, encode_options

_MOMENT: Final = DateTime(timezone=True)

COLUMNS: Final = tuple(links.columns)
"""The columns of a link, in the order of `row_of`."""
TYPES: Final = (
    BIG_INTEGER,
    Text,
    Text,
    Text,
    _MOMENT,
    _MOMENT,
    Integer,
    Text,
    _MOMENT,
)
"""The types of the columns, as a batch of rows has them."""


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
    )
