"""Jobs that were asked for over the API."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

BYTEWISE = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "asked_jobs",
        sa.Column("id", BYTEWISE, nullable=False),
        sa.Column("type", sa.Text, nullable=False),
        sa.Column("state", sa.Text, nullable=False),
        sa.Column("is_dry_run", sa.Boolean, nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("started_at", moment, nullable=True),
        sa.Column("finished_at", moment, nullable=True),
        sa.Column("renewed_at", moment, nullable=True),
        sa.Column("counts", sa.Text, nullable=False),
        sa.Column("error", sa.Text, nullable=True),
        sa.Column("is_cancelling", sa.Boolean, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_asked_jobs"),
    )


def downgrade() -> None:
    op.drop_table("asked_jobs")
