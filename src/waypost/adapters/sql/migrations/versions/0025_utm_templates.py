"""Templates of the parameters of campaigns."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

BYTEWISE = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "utm_templates",
        sa.Column("name", BYTEWISE, nullable=False),
        sa.Column("source", sa.Text, nullable=True),
        sa.Column("medium", sa.Text, nullable=True),
        sa.Column("campaign", sa.Text, nullable=True),
        sa.Column("term", sa.Text, nullable=True),
        sa.Column("content", sa.Text, nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_utm_templates"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("utm_templates")
