"""What is known of the runs of a job."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class JobState(StrEnum):
    """How a run stands, or has ended."""

    RUNNING = "running"
    """Or its process was killed: a later run begins where it ended."""
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    BUSY = "busy"
    """Another process runs the same job; nothing was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRun:
    """One line of the audit trail: a run that begins, or how it has ended."""

    job: str
    id: str
    state: JobState
    at: datetime
    """When this was noted."""
    is_dry_run: bool = False
    duration_seconds: float = 0.0
    done: tuple[str, ...] = ()
    """The tasks that were done."""
    skipped: int = 0
    """How many tasks had their result already."""
    counts: dict[str, int] = field(default_factory=dict)
    """What the tasks have done, or would do, summed up by name."""
    error: str | None = None
    """Why it failed."""
