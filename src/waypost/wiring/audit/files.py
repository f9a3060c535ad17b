"""Open what writes the files of the audit trail."""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Final

from waypost.adapters.files.audit import AuditFiles
from waypost.adapters.local import SystemClock
from waypost.config import Settings
from waypost.services.audit.files import KeepAuditFiles, check_filed
from waypost.telemetry.health import Check
from waypost.wiring.parts.store import Store
from waypost.wiring.program import Task

FOLDER: Final = "audit"
"""In the data folder."""
LOCK_SECONDS: Final = 60.0
"""How long the lock of a process lasts that was killed."""


def open_files(settings: Settings) -> AuditFiles:
    """Return the files in the data folder."""
    return AuditFiles(settings.DATA_DIR / FOLDER)


def keep_files(settings: Settings, store: Store) -> Sequence[Task]:
    """Return what keeps the files; nothing, if the store ends with its process."""
    if store.leadership is None:
        return ()
    keep = KeepAuditFiles(
        store.audit,
        files=open_files(settings),
        lock=store.leadership("audit files", LOCK_SECONDS),
        clock=SystemClock(),
        kept=kept(settings),
    )
    return (keep.run,)


def audit_check(store: Store) -> Check:
    """Return what checks whether the files have all entries, if there are files."""
    if store.leadership is None:
        return store.storage.ping
    return partial(check_filed, store.audit, SystemClock())


def kept(settings: Settings) -> timedelta | None:
    """Return for how long entries are kept; None: for ever."""
    days = settings.AUDIT_RETENTION_DAYS
    return timedelta(days=days) if days else None
