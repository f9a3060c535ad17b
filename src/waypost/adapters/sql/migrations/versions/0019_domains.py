"""Domains besides that of `BASE_URL`, and what holds for each."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

BYTEWISE = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "domains",
        sa.Column("host", BYTEWISE, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("root_url", sa.Text, nullable=True),
        sa.Column("not_found_url", sa.Text, nullable=True),
        sa.Column("unknown_path_url", sa.Text, nullable=True),
        sa.Column("expired_url", sa.Text, nullable=True),
        sa.Column("case_sensitive", sa.Boolean, nullable=False),
        sa.Column("defaults", sa.Text, nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("host", name="pk_domains"),
    )


def downgrade() -> None:
    op.drop_table("domains")
