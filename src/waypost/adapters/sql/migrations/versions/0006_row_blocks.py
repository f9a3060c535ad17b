"""The record of blocks of clicks for ClickHouse, and the salts of visitors."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

BIG_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "row_blocks",
        sa.Column("number", BIG_INTEGER, autoincrement=False, nullable=False),
        sa.Column("token", sa.Text, nullable=False),
        sa.Column("first_day", sa.Integer, nullable=False),
        sa.Column("last_day", sa.Integer, nullable=False),
        sa.Column("clicks", sa.Integer, nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=True),
        sa.Column("freshness", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_row_blocks"),
    )
    op.create_table(
        "block_ranges",
        sa.Column("journal", sa.Text, nullable=False),
        sa.Column("lane", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("first_sequence", BIG_INTEGER, autoincrement=False, nullable=False),
        sa.Column("last_sequence", BIG_INTEGER, nullable=False),
        sa.PrimaryKeyConstraint(
            "journal", "lane", "first_sequence", name="pk_block_ranges"
        ),
        sqlite_with_rowid=False,
    )
    _make_state()


def _make_state() -> None:
    op.create_table(
        "block_positions",
        sa.Column("journal", sa.Text, nullable=False),
        sa.Column("segment", BIG_INTEGER, nullable=False),
        sa.Column("byte_offset", BIG_INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("journal", name="pk_block_positions"),
    )
    op.create_table(
        "block_sources",
        sa.Column("source", sa.Text, nullable=False),
        sa.Column("as_of_ms", BIG_INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("source", name="pk_block_sources"),
    )
    op.create_table(
        "block_days",
        sa.Column("day", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("changed", BIG_INTEGER, nullable=False),
        sa.Column("sealed", BIG_INTEGER, nullable=False),
        sa.Column("has_rows", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_block_days"),
    )
    op.create_table(
        "block_state",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", BIG_INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_block_state"),
    )
    op.create_table(
        "visitor_salts",
        sa.Column("day", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("salt", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("day", name="pk_visitor_salts"),
    )


def downgrade() -> None:
    for table in (
        "visitor_salts",
        "block_state",
        "block_days",
        "block_sources",
        "block_positions",
        "block_ranges",
        "row_blocks",
    ):
        op.drop_table(table)
