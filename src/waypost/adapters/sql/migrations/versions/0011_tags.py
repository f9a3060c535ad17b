"""Tags of links, and which links are archived, in lists."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BIG_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BYTEWISE = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    # No link has tags yet, so that the defaults are right for all rows.
    op.add_column(
        "listed_links",
        sa.Column("tags", sa.Text, nullable=False, server_default=sa.text("''")),
    )
    op.add_column(
        "listed_links",
        sa.Column("is_archived", sa.Integer, nullable=False, server_default="0"),
    )
    op.create_table(
        "link_tags",
        sa.Column("tag", BYTEWISE, nullable=False),
        sa.Column("link_id", BIG_INTEGER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("tag", "link_id", name="pk_link_tags"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("link_tags")
    op.drop_column("listed_links", "is_archived")
    op.drop_column("listed_links", "tags")
