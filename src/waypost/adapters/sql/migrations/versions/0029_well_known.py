"""Documents that domains have below `/.well-known/`."""

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # Null: none, as in rows of releases before.
    op.add_column("domains", sa.Column("well_known", sa.Text, nullable=True))


def downgrade() -> None:
    op.drop_column("domains", "well_known")
