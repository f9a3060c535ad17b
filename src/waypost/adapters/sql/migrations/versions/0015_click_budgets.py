"""How many people have passed links with `max_clicks`."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

BIG_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "click_budgets",
        sa.Column("link_id", BIG_INTEGER, autoincrement=False, nullable=False),
        sa.Column("max_clicks", BIG_INTEGER, nullable=True),
        sa.Column("spent", BIG_INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("link_id", name="pk_click_budgets"),
        postgresql_with={"fillfactor": 70},
    )


def downgrade() -> None:
    op.drop_table("click_budgets")
