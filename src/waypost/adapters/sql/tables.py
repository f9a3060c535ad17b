"""The tables. Migrations make them; a test compares both."""

from typing import Final

from sqlalchemy import (
    Column,
    Index,
    Integer,
    LargeBinary,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from waypost.adapters.sql.schema import (
    answer_tables,  # noqa: F401 - for the metadata
    block_tables,  # noqa: F401 - for the metadata
    campaign_tables,  # noqa: F401 - as above
    domain_tables,  # noqa: F401 - for the metadata
    job_tables,  # noqa: F401 - as above
    shared,
    tag_tables,  # noqa: F401 - as above
)
from waypost.adapters.sql.schema.moments import UtcDateTime
from waypost.adapters.sql.schema.shared import BIG_INTEGER, BYTEWISE, DERIVED

metadata: Final = shared.metadata
"""Also has the tables of the other files of `schema`."""

links: Final = Table(
    "links",
    metadata,
    Column("id", BIG_INTEGER, primary_key=True, autoincrement=False),
    Column("domain", Text, nullable=False),
    Column("code", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
    # The default is for releases that do not know versions.
    Column("version", Integer, nullable=False, server_default="1"),
    # What is set on a link, as JSON (`wire/link_options.py`). What is filtered, sorted
    # or unique has a column of its own.
    Column("options", Text, nullable=False, server_default="{}"),
    Column("deleted_at", UtcDateTime, nullable=True),
    Column("external_id", Text, nullable=True),
    # Type, id and name, with colons between: `statements/link_rows.py`.
    Column("created_by", BYTEWISE, nullable=True),
    UniqueConstraint("domain", "code"),
    *(
        Index(
            name,
            *columns,
            unique=is_unique,
            postgresql_where=text(where),
            sqlite_where=text(where),
        )
        for name, columns, where, is_unique in shared.INDEXES_OF_LINKS
    ),
)

# No foreign key to links: counting a batch must not fail for one link that is gone.
click_counts: Final = Table(
    "click_counts",
    metadata,
    Column("link_id", BIG_INTEGER, primary_key=True, autoincrement=False),
    Column("clicks", BIG_INTEGER, nullable=False),
    # Room to update a row on its own page, and leave the index alone.
    postgresql_with={"fillfactor": 70},
)

# For each link that has, or had, `max_clicks`: the option, and who has passed.
click_budgets: Final = Table(
    "click_budgets",
    metadata,
    Column("link_id", BIG_INTEGER, primary_key=True, autoincrement=False),
    Column("max_clicks", BIG_INTEGER, nullable=True),
    Column("spent", BIG_INTEGER, nullable=False),
    # As for `click_counts`.
    postgresql_with={"fillfactor": 70},
)

counted_clicks: Final = Table(
    "counted_clicks",
    metadata,
    Column("journal", Text, primary_key=True),
    Column("lane", Integer, primary_key=True, autoincrement=False),
    Column("first_sequence", BIG_INTEGER, primary_key=True, autoincrement=False),
    Column("last_sequence", BIG_INTEGER, nullable=False),
    # Only what follows a gap: few rows, although there are ranges of all journals.
    Index(
        "ix_counted_clicks_behind_gaps",
        "journal",
        "lane",
        "first_sequence",
        postgresql_where=text("first_sequence > 1"),
        sqlite_where=text("first_sequence > 1"),
    ),
    sqlite_with_rowid=False,
)

# The last sequences by lane, as JSON: one row, because one process writes it at once.
journal_heads: Final = Table(
    "journal_heads",
    metadata,
    Column("journal", Text, primary_key=True),
    Column("lanes", Text, nullable=False),
    Column("stated_at", UtcDateTime, nullable=False),
)

missing_clicks: Final = Table(
    "missing_clicks",
    metadata,
    Column("journal", Text, primary_key=True),
    Column("lane", Integer, primary_key=True, autoincrement=False),
    Column("first_sequence", BIG_INTEGER, primary_key=True, autoincrement=False),
    Column("last_sequence", BIG_INTEGER, nullable=False),
    Column("noticed_at", UtcDateTime, nullable=False),
    Column("confirmed_at", UtcDateTime, nullable=True),
)

journal_positions: Final = Table(
    "journal_positions",
    metadata,
    Column("journal", Text, primary_key=True),
    Column("segment", BIG_INTEGER, nullable=False),
    Column("byte_offset", BIG_INTEGER, nullable=False),
    Column("updated_at", UtcDateTime, nullable=False),
)

id_allocators: Final = Table(
    "id_allocators",
    metadata,
    Column("name", Text, primary_key=True),
    Column("next_id", BIG_INTEGER, nullable=False),
)

instance_secrets: Final = Table(
    "instance_secrets",
    metadata,
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

# Read in the order of their ids, which are never given twice.
outbox: Final = Table(
    "outbox",
    metadata,
    Column("id", BIG_INTEGER, primary_key=True, autoincrement=True),
    Column("kind", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("occurred_at", UtcDateTime, nullable=False),
    # One row for each reader: each removes its own (`domain.events.EventReader`). The
    # default is for a release that knows only one.
    Column("reader", Text, nullable=False, server_default="caches"),
    Index("ix_outbox_reader", "reader", "id"),
    sqlite_autoincrement=True,
)

# Which visitors of a UTC day are the same; destroyed 48 hours after it.
visitor_salts: Final = Table(
    "visitor_salts",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("salt", LargeBinary, nullable=False),
)

leaderships: Final = Table(
    "leaderships",
    metadata,
    Column("name", Text, primary_key=True),
    Column("holder", Text, nullable=False),
    Column("expires_ms", BIG_INTEGER, nullable=False),
)

# A row for each link, with what lists filter and sort by (`domain/listing`). Moments
# are microseconds since 1970.
listed_links: Final = Table(
    "listed_links",
    metadata,
    Column("link_id", BIG_INTEGER, primary_key=True, autoincrement=False),
    Column("name", BYTEWISE, nullable=False),
    Column("created_at", BIG_INTEGER, nullable=False),
    Column("updated_at", BIG_INTEGER, nullable=False),
    Column("valid_since", BIG_INTEGER, nullable=True),
    Column("valid_until", BIG_INTEGER, nullable=True),
    Column("is_disabled", Integer, nullable=False),
    Column("is_deleted", Integer, nullable=False),
    Column("host", BYTEWISE, nullable=False),
    Column("target_key", BIG_INTEGER, nullable=False),
    # As they were when they were last compared with the counts.
    Column("clicks", BIG_INTEGER, nullable=False),
    # With a space before each.
    Column("words", Text, nullable=False),
    # Folded, with a slash before and behind each.
    Column("tags", Text, nullable=False, server_default=text("''")),
    Column("is_archived", Integer, nullable=False, server_default="0"),
    Column("is_quarantined", Integer, nullable=False, server_default="0"),
    Column("is_crawlable", Integer, nullable=False, server_default="0"),
    Column("has_password", Integer, nullable=False, server_default="0"),
    *(
        Index(f"ix_listed_links_{name}", name, "link_id")
        for name in (
            "name",
            "created_at",
            "updated_at",
            "host",
            "target_key",
            "clicks",
        )
    ),
    *(
        Index(
            f"ix_listed_links_{name}",
            name,
            "link_id",
            postgresql_where=text(where),
            sqlite_where=text(where),
        )
        for name, where in (
            ("valid_since", "valid_since IS NOT NULL"),
            ("valid_until", "valid_until IS NOT NULL"),
            ("is_disabled", "is_disabled = 1"),
            ("is_deleted", "is_deleted = 1"),
            ("is_quarantined", "is_quarantined = 1"),
            ("is_crawlable", "is_crawlable = 1"),
            ("has_password", "has_password = 1"),
        )
    ),
    info=DERIVED,
)

link_words: Final = Table(
    "link_words",
    metadata,
    Column("word", BYTEWISE, primary_key=True),
    Column("link_id", BIG_INTEGER, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
    info=DERIVED,
)

link_tags: Final = Table(
    "link_tags",
    metadata,
    Column("tag", BYTEWISE, primary_key=True),
    Column("link_id", BIG_INTEGER, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
    info=DERIVED,
)

# Links that were made, changed or removed since they were listed: triggers on `links`
# add them, also for releases that do not know lists.
unlisted_links: Final = Table(
    "unlisted_links",
    metadata,
    Column("number", BIG_INTEGER, primary_key=True, autoincrement=True),
    Column("link_id", BIG_INTEGER, nullable=False),
    info=DERIVED,
)

# "links": below which id no link was listed yet that was there before lists were.
# "clicks": up to which id the clicks of lists were compared with the counts.
listing_progress: Final = Table(
    "listing_progress",
    metadata,
    Column("name", Text, primary_key=True),
    Column("link_id", BIG_INTEGER, nullable=False),
    info=DERIVED,
)

# Scopes and domains are separated by blanks, `created_by` is JSON: type, id, name.
api_keys: Final = Table(
    "api_keys",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("prefix", Text, nullable=False),
    Column("secret_hash", Text, nullable=False),
    Column("previous_hash", Text, nullable=True),
    Column("previous_until", UtcDateTime, nullable=True),
    Column("scopes", Text, nullable=False),
    Column("domains", Text, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("expires_at", UtcDateTime, nullable=True),
    Column("last_used_at", UtcDateTime, nullable=True),
    Column("revoked_at", UtcDateTime, nullable=True),
    Column("rate_limit", Integer, nullable=True),
    UniqueConstraint("secret_hash"),
    Index("ix_api_keys_previous_hash", "previous_hash"),
)

abuse_reports: Final = Table(
    "abuse_reports",
    metadata,
    Column("id", Text, primary_key=True),
    Column("state", Text, nullable=False),
    Column("link_id", BIG_INTEGER, nullable=False),
    Column("code", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("message", Text, nullable=False),
    Column("email", Text, nullable=True),
    Column("created_at", UtcDateTime, nullable=False),
)

# Visits without a link, by UTC day. The base URL's code is empty, as rare codes' is.
orphan_visits: Final = Table(
    "orphan_visits",
    metadata,
    Column("kind", Text, primary_key=True),
    Column("domain", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("people", BIG_INTEGER, nullable=False),
    Column("machines", BIG_INTEGER, nullable=False),
    Column("first_ms", BIG_INTEGER, nullable=False),
    Column("last_ms", BIG_INTEGER, nullable=False),
    sqlite_with_rowid=False,
)

# The last batch of orphans that was stored of each process.
orphan_batches: Final = Table(
    "orphan_batches",
    metadata,
    Column("source", Text, primary_key=True),
    Column("number", BIG_INTEGER, nullable=False),
    Column("stored_ms", BIG_INTEGER, nullable=False),
)

# Entries are JSON (`wire/audit_entry.py`); ids grow. An actor is its id, else its type.
audit: Final = Table(
    "audit",
    metadata,
    Column("id", BYTEWISE, primary_key=True),
    Column("action", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("resource", BYTEWISE, nullable=False),
    Column("entry", Text, nullable=False),
    Index("ix_audit_resource", "resource", "id"),
    # Nearly all entries are of new links, and these cost nothing here.
    Index(
        "ix_audit_rare",
        "id",
        postgresql_where=text("action <> 'link.created'"),
        sqlite_where=text("action <> 'link.created'"),
    ),
)

# Entries that no file has yet.
unfiled_audit: Final = Table(
    "unfiled_audit",
    metadata,
    Column("id", BYTEWISE, primary_key=True),
    sqlite_with_rowid=False,
)

bulk_batches: Final = Table(
    "bulk_batches",
    metadata,
    Column("owner", Text, primary_key=True),
    Column("key", Text, primary_key=True),
    Column("first_item", BIG_INTEGER, primary_key=True, autoincrement=False),
    Column("items", Integer, nullable=False),
    Column("digest", Text, nullable=False),
    Column("results", LargeBinary, nullable=False),
    Column("stored_at", UtcDateTime, nullable=False, index=True),
)
