"""What is said of tags, changes of them that are under way, and their totals."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

BIG_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BYTEWISE = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "tags",
        sa.Column("key", BYTEWISE, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("color", sa.Text, nullable=True),
        sa.Column("description", sa.Text, nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_tags"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tag_changes",
        sa.Column("number", BIG_INTEGER, autoincrement=True, nullable=False),
        sa.Column("old", sa.Text, nullable=False),
        sa.Column("new", sa.Text, nullable=True),
        sa.PrimaryKeyConstraint("number", name="pk_tag_changes"),
        sqlite_autoincrement=True,
    )
    # Links that have tags already are counted later, a tag at a time.
    op.create_table(
        "tag_totals",
        sa.Column("tag", BYTEWISE, nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("links", BIG_INTEGER, nullable=False),
        sa.Column("clicks", BIG_INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("tag", name="pk_tag_totals"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    for table in ("tag_totals", "tag_changes", "tags"):
        op.drop_table(table)
