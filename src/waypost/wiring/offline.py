"""What works without a running server: the database and the journal of a folder.

Nothing here takes the journal's lock, so a server may run meanwhile.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from waypost.adapters.journal.folder import JournalError
from waypost.adapters.journal.inspect import (
    JournalReport,
    SegmentReport,
    inspect_journal,
)
from waypost.adapters.journal.reader import FolderSource
from waypost.adapters.sql import migrate
from waypost.adapters.sql.engine import DatabaseRefused, database_path
from waypost.adapters.sql.storage import SqlStorage
from waypost.config import Settings, SettingsError
from waypost.domain.links import CountedLink
from waypost.ports.storage import Storage
from waypost.services.ingest import Counted, replay
from waypost.services.report import newest
from waypost.telemetry.metrics import Metrics

__all__ = [
    "Counted",
    "DatabaseRefused",
    "JournalError",
    "JournalReport",
    "Schema",
    "SegmentReport",
    "inspect_journal",
    "journal_folder",
    "newest_links",
    "replay_journal",
    "schema",
    "uncounted_clicks",
    "upgrade_schema",
]

_PAGE = 1_000
