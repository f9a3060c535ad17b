"""Which jobs there are, and which run by themselves; needs none of what they work with.

A process that stores clicks holds less while no job runs.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from waypost.adapters.files.trail import FILE_NAME, TrailFile
from waypost.config import Settings

ARCHIVE: Final = "archive"
RETENTION: Final = "retention"
RECLASSIFY: Final = "reclassify"
VERIFY: Final = "verify"
JOBS: Final[Mapping[str, str]] = {
    ARCHIVE: "Write each UTC day that is over to ARCHIVE, as Parquet.",
    RETENTION: "Delete clicks and reports that are older than the settings allow.",
    RECLASSIFY: "Judge again which clicks are of machines, by the present list.",
    VERIFY: "Compare the sums of every day with its clicks, and clicks with counts.",
}
"""What each job does, in the order in which they run."""


def scheduled(settings: Settings) -> Sequence[str]:
    """Return the jobs that run by themselves with *settings*.

    Retention archives first, where there is an archive.
    """
    if settings.CLICK_RETENTION_DAYS or settings.REPORT_RETENTION_DAYS:
        return [RETENTION]
    return [ARCHIVE] if settings.ARCHIVE else []


def jobs_off(settings: Settings) -> Mapping[str, str]:
    """Return why some jobs cannot be run with *settings*, by the job's name."""
    off: dict[str, str] = {}
    if not settings.ARCHIVE:
        off[ARCHIVE] = "ARCHIVE names no place: set it to a folder, or to s3://…."
    if not (settings.CLICK_RETENTION_DAYS or settings.REPORT_RETENTION_DAYS):
        off[RETENTION] = (
            "Everything is kept: set CLICK_RETENTION_DAYS or REPORT_RETENTION_DAYS."
        )
    return off


def open_trail(settings: Settings) -> TrailFile:
    """Return the audit trail in the data folder."""
    return TrailFile(settings.DATA_DIR / FILE_NAME)
