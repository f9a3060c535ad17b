"""Which links are in quarantine, in lists."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # No link is in quarantine yet, so that the default is right for all rows.
    op.add_column(
        "listed_links",
        sa.Column("is_quarantined", sa.Integer, nullable=False, server_default="0"),
    )
    op.create_index(
        "ix_listed_links_is_quarantined",
        "listed_links",
        ["is_quarantined", "link_id"],
        postgresql_where=sa.text("is_quarantined = 1"),
        sqlite_where=sa.text("is_quarantined = 1"),
    )


def downgrade() -> None:
    op.drop_index("ix_listed_links_is_quarantined", "listed_links")
    op.drop_column("listed_links", "is_quarantined")
