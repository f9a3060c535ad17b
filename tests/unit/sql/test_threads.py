"""Threads that hold SQLite's connections."""

import os
import sys
from pathlib import Path
from threading import get_native_id

import pytest
from sqlalchemy import Connection

from waypost.adapters.sql.sqlite.engine import writing_engine
from waypost.adapters.sql.sqlite.threads import ConnectionThreads


@pytest.mark.skipif(sys.platform != "linux", reason="threads have no niceness there")
async def test_only_the_threads_yield(tmp_path: Path) -> None:
    """The event loop stays as it is."""
    before = niceness()
    engine = writing_engine(f"sqlite:///{tmp_path / 'way.db'}", timeout_seconds=5)
    for wanted in (0, 3):
        threads = ConnectionThreads(engine, size=1, niceness=wanted)
        assert await threads.start(niceness) == before + wanted
        await threads.aclose()
    assert niceness() == before


def niceness(_connection: Connection | None = None) -> int:
    """Return how much this thread yields."""
    return os.getpriority(os.PRIO_PROCESS, get_native_id())
