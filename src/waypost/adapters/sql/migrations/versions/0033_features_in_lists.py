"""What links have, in lists: all links are listed again, some at a time."""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # As after the migration that made the lists: no table changes, and no link is read
    # here. Until they are listed again, lists find the links by all that they had.
    op.execute(
        "UPDATE listing_progress"
        " SET link_id = (SELECT coalesce(max(id), -1) + 1 FROM links)"
        " WHERE name = 'links'"
    )


def downgrade() -> None:
    # No search finds the words that stand for features, and a link that is
    # listed anew by a release before loses them.
    pass
