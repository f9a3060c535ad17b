"""Which links search engines may follow, in lists."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # No link is crawlable yet, so that the default is right for all rows.
    op.add_column(
        "listed_links",
        sa.Column("is_crawlable", sa.Integer, nullable=False, server_default="0"),
    )
    op.create_index(
        "ix_listed_links_is_crawlable",
        "listed_links",
        ["is_crawlable", "link_id"],
        postgresql_where=sa.text("is_crawlable = 1"),
        sqlite_where=sa.text("is_crawlable = 1"),
    )


def downgrade() -> None:
    op.drop_index("ix_listed_links_is_crawlable", "listed_links")
    op.drop_column("listed_links", "is_crawlable")
