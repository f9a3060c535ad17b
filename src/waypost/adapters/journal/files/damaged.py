"""Keeping the bytes of damaged records for an operator to examine."""

from pathlib import Path

import structlog

from waypost.ports.journal import DamagedRecord
from waypost.telemetry.metrics import Metrics

DAMAGED_FOLDER = "damaged"

_log = structlog.get_logger()


def keep_aside(folder: Path, damaged: DamagedRecord) -> None:
    """Write the bytes to a file named after their place, once. Raises OSError."""
    segment, offset = damaged.position
    target = folder / DAMAGED_FOLDER / f"{segment:020d}-{offset}.bin"
    if target.exists():
        return
    target.parent.mkdir(exist_ok=True)
    temporary = target.with_suffix(".tmp")
    temporary.write_bytes(damaged.content)
    temporary.replace(target)


def report_damage(damaged: DamagedRecord, *, metrics: Metrics) -> None:
    """Count and log one damaged place."""
    metrics.records_damaged.inc()
    _log.error(
        "journal.record_damaged",
        segment=damaged.position.segment,
        offset=damaged.position.offset,
        length=len(damaged.content),
        reason=damaged.reason,
    )
