"""The audit trail of jobs: a file that only grows."""

from datetime import UTC, datetime
from pathlib import Path

from waypost.adapters.files.trail import TrailFile
from waypost.domain.analytics.jobs import JobRun, JobState

NOON = datetime(2026, 1, 2, 12, tzinfo=UTC)


def run(number: int, state: JobState = JobState.SUCCEEDED, job: str = "a") -> JobRun:
    """Return a run with all that it can have."""
    return JobRun(
        job=job,
        id=str(number),
        state=state,
        at=NOON,
        done=("x" * 100,) * 20,
        counts={"days": number},
        error="ä",
    )


def test_the_last_run_is_found(tmp_path: Path) -> None:
    """The newest of a job comes first, however long the file is."""
    trail = TrailFile(tmp_path / "jobs.jsonl")
    assert trail.last("a") is None
    trail.append(run(0, job="b"))
    for number in range(200):
        trail.append(run(number))
    trail.append(run(999, JobState.BUSY))
    assert trail.last("a") == run(199)
    assert trail.last("b") == run(0, job="b")
    assert trail.last("c") is None
    assert len(list(trail.newest())) == 201


def test_a_line_that_was_cut_is_passed_over(tmp_path: Path) -> None:
    """A full disk leaves a part of a line: neither the one before nor after is lost."""
    path = tmp_path / "jobs.jsonl"
    trail = TrailFile(path)
    trail.append(run(1))
    with path.open("ab") as file:
        file.write(b'{"job":"a","id"')
    assert trail.last("a") == run(1)
    trail.append(run(2))
    assert [each.id for each in trail.newest()] == ["2", "1"]
