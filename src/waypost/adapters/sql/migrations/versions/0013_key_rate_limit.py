"""How many requests a key may make in a minute, where it has a limit of its own."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("api_keys", sa.Column("rate_limit", sa.Integer, nullable=True))


def downgrade() -> None:
    op.drop_column("api_keys", "rate_limit")
