"""The table of jobs that were asked for."""

from typing import Final

from sqlalchemy import Boolean, Column, Integer, Table, Text

from waypost.adapters.sql.schema.moments import UtcDateTime
from waypost.adapters.sql.schema.shared import BYTEWISE, DERIVED, metadata

# Not copied with the others: what was asked of one server is not to be done by another
# one that begins with its backup.
asked_jobs: Final = Table(
    "asked_jobs",
    metadata,
    Column("id", BYTEWISE, primary_key=True),
    Column("type", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("is_dry_run", Boolean, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("started_at", UtcDateTime, nullable=True),
    Column("finished_at", UtcDateTime, nullable=True),
    # When its process has last said that it still runs.
    Column("renewed_at", UtcDateTime, nullable=True),
    # JSON.
    Column("counts", Text, nullable=False),
    Column("error", Text, nullable=True),
    Column("is_cancelling", Boolean, nullable=False),
    # Null until the process that runs the job knows them.
    Column("tasks_done", Integer, nullable=True),
    Column("tasks_total", Integer, nullable=True),
    info=DERIVED,
)
