"""Links, click counts, what has been counted, id allocators and secrets."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

BIG_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _create_links()
    _create_counts()
    _create_allocation()


def _create_links() -> None:
    op.create_table(
        "links",
        sa.Column("id", BIG_INTEGER, autoincrement=False, nullable=False),
        sa.Column("domain", sa.Text, nullable=False),
        sa.Column("code", sa.Text, nullable=False),
        sa.Column("target", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_links"),
        sa.UniqueConstraint("domain", "code", name="uq_links_domain_code"),
    )


def _create_counts() -> None:
    op.create_table(
        "click_counts",
        sa.Column("link_id", BIG_INTEGER, autoincrement=False, nullable=False),
        sa.Column("clicks", BIG_INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("link_id", name="pk_click_counts"),
        postgresql_with={"fillfactor": 70},
    )
    op.create_table(
        "counted_clicks",
        sa.Column("journal", sa.Text, nullable=False),
        sa.Column("lane", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("first_sequence", BIG_INTEGER, autoincrement=False, nullable=False),
        sa.Column("last_sequence", BIG_INTEGER, nullable=False),
        sa.PrimaryKeyConstraint(
            "journal", "lane", "first_sequence", name="pk_counted_clicks"
        ),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "journal_positions",
        sa.Column("journal", sa.Text, nullable=False),
        sa.Column("segment", BIG_INTEGER, nullable=False),
        sa.Column("byte_offset", BIG_INTEGER, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("journal", name="pk_journal_positions"),
    )


def _create_allocation() -> None:
    op.create_table(
        "id_allocators",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("next_id", BIG_INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_id_allocators"),
    )
    op.create_table(
        "instance_secrets",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("value", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_instance_secrets"),
    )


def downgrade() -> None:
    for table in (
        "instance_secrets",
        "id_allocators",
        "journal_positions",
        "counted_clicks",
        "click_counts",
        "links",
    ):
        op.drop_table(table)
