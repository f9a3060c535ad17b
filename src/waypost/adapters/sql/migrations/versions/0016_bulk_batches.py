"""What became of the items of calls that may be sent again."""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

BIG_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "bulk_batches",
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("key", sa.Text, nullable=False),
        sa.Column("first_item", BIG_INTEGER, autoincrement=False, nullable=False),
        sa.Column("items", sa.Integer, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("results", sa.LargeBinary, nullable=False),
        sa.Column("stored_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("owner", "key", "first_item", name="pk_bulk_batches"),
    )
    op.create_index("ix_bulk_batches_stored_at", "bulk_batches", ["stored_at"])


def downgrade() -> None:
    op.drop_table("bulk_batches")
