"""Refusals about jobs."""

from waypost.domain.errors import DomainError


class JobNotFound(DomainError):
    """There is no job with this id: jobs are kept for 30 days."""

    code = "job-not-found"


class JobIsRunning(DomainError):
    """A job of this type waits or runs already: wait for it, or cancel it."""

    code = "job-running"


class JobHasFinished(DomainError):
    """The job has ended, so that it cannot be cancelled."""

    code = "job-finished"
