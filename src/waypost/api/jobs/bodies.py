"""The bodies of requests and answers about jobs."""

from collections.abc import Mapping
from typing import Final

from fastapi.openapi.models import Example
from pydantic import ConfigDict, Field

from waypost.api.bodies import Body, Second
from waypost.api.documents.openapi import Document
from waypost.domain.jobs.asked import AskedJob, AskedState, AskedType

JOB_ID: Final = "0195f2a1-0000-7000-8000-00000000000a"
JOB_EXAMPLE: Final[Document] = {
    "id": JOB_ID,
    "type": "archive",
    "state": "succeeded",
    "dry_run": False,
    "params": {},
    "progress": {"done": 3, "total": 3},
    "result": {"days_archived": 1, "clicks_archived": 50_000},
    "error": None,
    "created_at": "2026-04-02T08:00:00Z",
    "started_at": "2026-04-02T08:00:01Z",
    "finished_at": "2026-04-02T08:00:09Z",
}
NEW_JOB_EXAMPLES: Final[dict[str, Example]] = {
    "archive": {
        "summary": "Archive the days that are over",
        "value": {"type": "archive"},
    }
}


class NoParams(Body):
    """Nothing: no job takes any yet."""

    model_config = ConfigDict(extra="forbid")


class NewJob(Body):
    """A job to run."""

    model_config = ConfigDict(extra="forbid")

    type: AskedType = Field(
        description="`archive` writes each UTC day that is over to `ARCHIVE`; "
        "`retention` deletes what is older than the settings allow; `reclassify` "
        "judges again which clicks are of machines; `verify` compares sums."
    )
    params: NoParams = Field(default_factory=NoParams)


class ProgressBody(Body):
    """How far a job is."""

    done: int = Field(description="Tasks that are done, those of before included.")
    total: int = Field(description="All of its tasks, such as the days to archive.")


class JobView(Body):
    """A job."""

    id: str
    type: AskedType
    state: AskedState
    dry_run: bool
    params: NoParams
    progress: ProgressBody | None = Field(
        description="Null until its tasks are known. Some seconds late."
    )
    result: Mapping[str, int] = Field(
        description="What it has done so far, or would do, by name."
    )
    error: str | None = Field(description="Why it failed.")
    created_at: Second
    started_at: Second | None
    finished_at: Second | None

    @classmethod
    def of(cls, job: AskedJob) -> "JobView":
        """Return the body of *job*."""
        return cls(
            id=job.id,
            type=job.type,
            state=job.state,
            dry_run=job.is_dry_run,
            params=NoParams(),
            progress=_progress(job),
            result=job.counts,
            error=job.error,
            created_at=job.created_at,
            started_at=job.started_at,
            finished_at=job.finished_at,
        )


def _progress(job: AskedJob) -> ProgressBody | None:
    if job.progress is None:
        return None
    return ProgressBody(done=job.progress.done, total=job.progress.total)


class JobList(Body):
    """A page of jobs, the newest first."""

    data: list[JobView]
    next_cursor: str | None = Field(description="Null: there are no more.")
