"""How far the jobs are that were asked for."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Null in rows of releases before, and until a job knows its tasks.
    op.add_column("asked_jobs", sa.Column("tasks_done", sa.Integer, nullable=True))
    op.add_column("asked_jobs", sa.Column("tasks_total", sa.Integer, nullable=True))


def downgrade() -> None:
    op.drop_column("asked_jobs", "tasks_total")
    op.drop_column("asked_jobs", "tasks_done")
