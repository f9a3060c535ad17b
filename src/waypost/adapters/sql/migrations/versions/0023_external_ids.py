"""What clients call links, and who has made links."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

BYTEWISE = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")
_LIVING = "external_id IS NOT NULL AND deleted_at IS NULL"


def upgrade() -> None:
    # A release from before leaves them empty. Its deletions free an external id, as
    # those of this one do.
    op.add_column("links", sa.Column("external_id", sa.Text, nullable=True))
    op.add_column("links", sa.Column("created_by", BYTEWISE, nullable=True))
    for name, columns, where, is_unique in (
        ("uq_links_external_id", ["external_id"], _LIVING, True),
        (
            "ix_links_external_id",
            ["external_id", "id"],
            "external_id IS NOT NULL",
            False,
        ),
        ("ix_links_created_by", ["created_by", "id"], "created_by IS NOT NULL", False),
    ):
        op.create_index(
            name,
            "links",
            columns,
            unique=is_unique,
            postgresql_where=sa.text(where),
            sqlite_where=sa.text(where),
        )


def downgrade() -> None:
    for name in ("ix_links_created_by", "ix_links_external_id", "uq_links_external_id"):
        op.drop_index(name, "links")
    op.drop_column("links", "created_by")
    op.drop_column("links", "external_id")
