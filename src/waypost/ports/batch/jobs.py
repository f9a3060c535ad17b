"""What jobs work with: their audit trail, and archives."""

from collections.abc import AsyncIterable
from typing import Protocol

from waypost.domain.analytics.jobs import JobRun


class JobTrail(Protocol):
    """Every run of every job, in the order in which they were noted. It only grows."""

    def append(self, run: JobRun) -> None:
        """Note *run* durably.

        Raises:
            OSError: The disk refuses.
        """
        ...

    def last(self, job: str) -> JobRun | None:
        """Return what was noted last of *job*, dry runs and refusals left out.

        It needs no lock. None: it never ran.

        Raises:
            OSError: The disk refuses.
        """
        ...


class Archive(Protocol):
    """Where files are kept for years, by name. One that has a name is complete.

    Every method may raise OSError: it cannot be read or written.
    """

    async def read(self, name: str) -> bytes | None:
        """Return a small file; None: there is none of this name."""
        ...

    async def write(self, name: str, pieces: AsyncIterable[bytes]) -> None:
        """Write a file, which takes the place of one of the same name at its end."""
        ...
