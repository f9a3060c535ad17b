"""What lists of links filter and sort by, and which links are not listed yet."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

BIG_INTEGER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
BYTEWISE = sa.Text(collation="C").with_variant(sa.Text(), "sqlite")

_FUNCTION = """
CREATE OR REPLACE FUNCTION note_unlisted_links() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO unlisted_links (link_id) SELECT id FROM noted;
    RETURN NULL;
END $$
"""
_EVENTS = (("insert", "NEW"), ("update", "NEW"), ("delete", "OLD"))


def upgrade() -> None:
    _make_list()
    op.create_table(
        "link_words",
        sa.Column("word", BYTEWISE, nullable=False),
        sa.Column("link_id", BIG_INTEGER, autoincrement=False, nullable=False),
        sa.PrimaryKeyConstraint("word", "link_id", name="pk_link_words"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "unlisted_links",
        sa.Column("number", BIG_INTEGER, autoincrement=True, nullable=False),
        sa.Column("link_id", BIG_INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_unlisted_links"),
    )
    op.create_table(
        "listing_progress",
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("link_id", BIG_INTEGER, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_listing_progress"),
    )
    # Links that are there already are listed later, some at a time.
    op.execute(
        "INSERT INTO listing_progress"
        " SELECT 'links', coalesce(max(id), -1) + 1 FROM links"
    )
    if op.get_bind().dialect.name == "sqlite":
        _make_triggers_of_sqlite()
    else:
        _make_triggers_of_postgres()


def downgrade() -> None:
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    for event, _ in _EVENTS:
        name = f"unlisted_links_{event}"
        op.execute(f"DROP TRIGGER {name}" + ("" if is_sqlite else " ON links"))
    if not is_sqlite:
        op.execute("DROP FUNCTION note_unlisted_links")
    for table in ("listing_progress", "unlisted_links", "link_words", "listed_links"):
        op.drop_table(table)


def _make_list() -> None:
    op.create_table(
        "listed_links",
        sa.Column("link_id", BIG_INTEGER, autoincrement=False, nullable=False),
        sa.Column("name", BYTEWISE, nullable=False),
        sa.Column("created_at", BIG_INTEGER, nullable=False),
        sa.Column("updated_at", BIG_INTEGER, nullable=False),
        sa.Column("valid_since", BIG_INTEGER, nullable=True),
        sa.Column("valid_until", BIG_INTEGER, nullable=True),
        sa.Column("is_disabled", sa.Integer, nullable=False),
        sa.Column("is_deleted", sa.Integer, nullable=False),
        sa.Column("host", BYTEWISE, nullable=False),
        sa.Column("target_key", BIG_INTEGER, nullable=False),
        sa.Column("clicks", BIG_INTEGER, nullable=False),
        sa.Column("words", sa.Text, nullable=False),
        sa.PrimaryKeyConstraint("link_id", name="pk_listed_links"),
    )
    for name in ("name", "created_at", "updated_at", "host", "target_key", "clicks"):
        op.create_index(f"ix_listed_links_{name}", "listed_links", [name, "link_id"])
    for name, where in (
        ("valid_since", "valid_since IS NOT NULL"),
        ("valid_until", "valid_until IS NOT NULL"),
        ("is_disabled", "is_disabled = 1"),
        ("is_deleted", "is_deleted = 1"),
    ):
        op.create_index(
            f"ix_listed_links_{name}",
            "listed_links",
            [name, "link_id"],
            postgresql_where=sa.text(where),
            sqlite_where=sa.text(where),
        )


def _make_triggers_of_sqlite() -> None:
    for event, row in _EVENTS:
        noting = f"INSERT INTO unlisted_links (link_id) VALUES ({row}.id)"  # noqa: S608 - our own words
        op.execute(
            f"CREATE TRIGGER unlisted_links_{event} AFTER {event} ON links"
            f" BEGIN {noting}; END"
        )


def _make_triggers_of_postgres() -> None:
    # Once a statement, for all rows of it. The function may be left over.
    op.execute(_FUNCTION)
    for event, rows in _EVENTS:
        op.execute(
            f"CREATE TRIGGER unlisted_links_{event} AFTER {event} ON links"
            f" REFERENCING {rows} TABLE AS noted FOR EACH STATEMENT"
            " EXECUTE FUNCTION note_unlisted_links()"
        )
