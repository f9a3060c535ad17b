"""A job that was asked for, and waits for the process that runs it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple

KEPT_DAYS: Final = 30
"""How long a job that has ended can be looked at."""


class AskedType(StrEnum):
    """The jobs that can be asked for."""

    ARCHIVE = "archive"
    RETENTION = "retention"
    RECLASSIFY = "reclassify"
    VERIFY = "verify"


class AskedState(StrEnum):
    """How a job stands."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELED = "canceled"


ACTIVE: Final = frozenset({AskedState.QUEUED, AskedState.RUNNING})


class JobProgress(NamedTuple):
    """How many of the tasks of a job are done: what was done before, too."""

    done: int
    total: int


class SoFar(NamedTuple):
    """What a job has done so far, or would do."""

    counts: Mapping[str, int]
    progress: JobProgress | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedJob:
    """A job, from the request for it to its end."""

    id: str
    """A uuid of version 7: later jobs have greater ones."""
    type: AskedType
    state: AskedState
    is_dry_run: bool
    created_at: datetime
    started_at: datetime | None = None
    finished_at: datetime | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    """What it has done so far, or would do, summed up by name."""
    progress: JobProgress | None = None
    """None: it has not begun, or its tasks are not known yet."""
    error: str | None = None
    is_cancelling: bool = False
    """Whether the process that runs it is to stop it."""
