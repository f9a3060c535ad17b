"""Which recorded clicks are not counted: stated heads, known gaps, and their index."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

BIG_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "journal_heads",
        sa.Column("journal", sa.Text, nullable=False),
        sa.Column("lanes", sa.Text, nullable=False),
        sa.Column("stated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("journal", name="pk_journal_heads"),
    )
    op.create_table(
        "missing_clicks",
        sa.Column("journal", sa.Text, nullable=False),
        sa.Column("lane", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("first_sequence", BIG_INTEGER, autoincrement=False, nullable=False),
        sa.Column("last_sequence", BIG_INTEGER, nullable=False),
        sa.Column("noticed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint(
            "journal", "lane", "first_sequence", name="pk_missing_clicks"
        ),
    )
    op.create_index(
        "ix_counted_clicks_behind_gaps",
        "counted_clicks",
        ["journal", "lane", "first_sequence"],
        postgresql_where=sa.text("first_sequence > 1"),
        sqlite_where=sa.text("first_sequence > 1"),
    )


def downgrade() -> None:
    op.drop_index("ix_counted_clicks_behind_gaps", "counted_clicks")
    op.drop_table("missing_clicks")
    op.drop_table("journal_heads")
