"""What all tables share: their metadata, and types of columns."""

from typing import Final

from sqlalchemy import BigInteger, Integer, MetaData, Text

# Only a column of the type INTEGER becomes SQLite's own row id, and holds 64 bits too.
BIG_INTEGER: Final = BigInteger().with_variant(Integer(), "sqlite")

DERIVED: Final = {"is_derived": True}
"""Marks a table that is filled from the others, so that its rows are not copied."""

# Text in the order of its bytes, which is that of every store.
BYTEWISE: Final = Text(collation="C").with_variant(Text(), "sqlite")

INDEXES_OF_LINKS: Final = (
    (
        "uq_links_external_id",
        ("external_id",),
        "external_id IS NOT NULL AND deleted_at IS NULL",
        True,
    ),
    ("ix_links_external_id", ("external_id", "id"), "external_id IS NOT NULL", False),
    ("ix_links_created_by", ("created_by", "id"), "created_by IS NOT NULL", False),
)
"""Indexes of links that few links are in: name, columns, which links, whether no two of
these may be equal."""

metadata: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    }
)
