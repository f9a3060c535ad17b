"""What is set on a link, and since when it is deleted."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "links", sa.Column("options", sa.Text, nullable=False, server_default="{}")
    )
    op.add_column(
        "links", sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True)
    )


def downgrade() -> None:
    op.drop_column("links", "deleted_at")
    op.drop_column("links", "options")
