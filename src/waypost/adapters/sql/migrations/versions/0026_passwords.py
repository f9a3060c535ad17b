"""Which links need a password, in lists."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # No link has a password yet, so that the default is right for all rows.
    op.add_column(
        "listed_links",
        sa.Column("has_password", sa.Integer, nullable=False, server_default="0"),
    )
    op.create_index(
        "ix_listed_links_has_password",
        "listed_links",
        ["has_password", "link_id"],
        postgresql_where=sa.text("has_password = 1"),
        sqlite_where=sa.text("has_password = 1"),
    )


def downgrade() -> None:
    op.drop_index("ix_listed_links_has_password", "listed_links")
    op.drop_column("listed_links", "has_password")
