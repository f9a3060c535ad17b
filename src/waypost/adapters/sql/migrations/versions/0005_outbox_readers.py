"""For which reader each event in the outbox is."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # The last release adds events without a reader: they are for the caches.
    op.add_column(
        "outbox", sa.Column("reader", sa.Text, nullable=False, server_default="caches")
    )
    op.create_index("ix_outbox_reader", "outbox", ["reader", "id"])


def downgrade() -> None:
    # The last release would take what is for other readers for its own.
    op.execute("DELETE FROM outbox WHERE reader <> 'caches'")
    op.drop_index("ix_outbox_reader", table_name="outbox")
    op.drop_column("outbox", "reader")
