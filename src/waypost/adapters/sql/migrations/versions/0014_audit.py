"""The audit trail, and which entries no file has yet."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

BYTEWISE = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", BYTEWISE, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("actor", sa.Text, nullable=False),
        sa.Column("resource", BYTEWISE, nullable=False),
        sa.Column("entry", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
    )
    op.create_index("ix_audit_resource", "audit", ["resource", "id"])
    is_rare = sa.text("action <> 'link.created'")
    op.create_index(
        "ix_audit_rare",
        "audit",
        ["id"],
        postgresql_where=is_rare,
        sqlite_where=is_rare,
    )
    op.create_table(
        "unfiled_audit",
        sa.Column("id", BYTEWISE, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_unfiled_audit"),
        sqlite_with_rowid=False,
    )


def downgrade() -> None:
    op.drop_table("unfiled_audit")
    op.drop_table("audit")
