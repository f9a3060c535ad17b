"""Visits that belong to no link."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

BIG_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "orphan_visits",
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("domain", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("day", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("people", BIG_INTEGER, nullable=False),
        sa.Column("machines", BIG_INTEGER, nullable=False),
        sa.Column("first_ms", BIG_INTEGER, nullable=False),
        sa.Column("last_ms", BIG_INTEGER, nullable=False),
        sa.PrimaryKeyConstraint(
            "kind", "domain", "code", "day", name="pk_orphan_visits"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "orphan_batches",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("number", BIG_INTEGER, nullable=False),
        sa.Column("stored_ms", BIG_INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("source", name="pk_orphan_batches"),
    )


def downgrade() -> None:
    op.drop_table("orphan_batches")
    op.drop_table("orphan_visits")
