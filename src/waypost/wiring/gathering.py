"""How long clicks gather before they are counted."""

from typing import Final

from waypost.config import Settings
from waypost.wiring.topology import topology_of

_ALONE_SECONDS: Final = 0.5
"""For one process that counts and reports: it counts before it answers a request."""
_SHARED_SECONDS: Final = 0.05
"""For counts that other processes report: they see a click about 0.15 s later."""


def flush_seconds(settings: Settings) -> float:
    """Return how long clicks gather at most."""
    if settings.INGESTION_FLUSH_INTERVAL_SECONDS is not None:
        return settings.INGESTION_FLUSH_INTERVAL_SECONDS
    return _SHARED_SECONDS if topology_of(settings).is_shared else _ALONE_SECONDS


def gathering_seconds(settings: Settings) -> float:
    """Return how long clicks of the bus gather: one read of it makes one batch."""
    return min(settings.INGESTION_BLOCK_MS / 1_000, flush_seconds(settings))
