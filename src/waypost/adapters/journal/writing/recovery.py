"""What is in a journal's folder when it is opened, after any end of its last use."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import structlog

from waypost.adapters.journal.files.folder import JournalError
from waypost.adapters.journal.files.scan import scan_segment
from waypost.adapters.journal.files.segments import (
    OLD_ID_FILE,
    Segment,
    list_segments,
    read_header,
    strange_entries,
)
from waypost.domain.clicks import LANES
from waypost.wire.journal_record import HEADER_BYTES

_OLD_FILES: Final = (OLD_ID_FILE, "boot")

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """The segments of earlier journals, none of which is written to any more."""

    sizes: dict[Segment, int]
    """Their bytes, oldest first."""
    newest: int
    """The highest number of them; 0 where there is none."""


def recover(folder: Path) -> Recovered:
    """Cut the torn tail off the newest segment, and list what there is.

    Raises:
        JournalError: Something is named like a segment and is not one.
        OSError: The disk refuses.
    """
    for path in strange_entries(folder):
        raise JournalError(
            f"{path} is named like a segment of the click journal, but is not a file, "
            "its number is taken or too high, or its journal is unknown. Move it to a "
            "folder of its own; if it holds clicks, count them with `waypost journal "
            "replay --from FOLDER`."
        )
    segments = list_segments(folder)
    if segments:
        _cut_torn_tail(segments[-1].path)
    if not any(segment.has_old_name for segment in segments):
        # An older release would continue the id in them, which has ended.
        for name in _OLD_FILES:
            (folder / name).unlink(missing_ok=True)
    return Recovered(
        sizes={segment: segment.path.stat().st_size for segment in segments},
        newest=segments[-1].number if segments else 0,
    )


def last_in(path: Path) -> list[int]:
    """Return, by lane, the last sequence up to the end of a segment; 0: none.

    Raises OSError.
    """
    header = read_header(path)
    last = [0] * LANES if header is None else list(header.last)
    for found in scan_segment(path, whole=True):
        for record in found.records:
            last[record.lane] = record.sequence  # they ascend in each lane
    return last


def _cut_torn_tail(path: Path) -> None:
    """Cut off an incomplete record: its redirect was not answered."""
    size = path.stat().st_size
    end = min(HEADER_BYTES, size)
    for found in scan_segment(path, whole=False):
        end = found.offset
    if end < size:
        os.truncate(path, end)
        _log.warning(
            "journal.tail_cut", segment=path.name, offset=end, torn_bytes=size - end
        )
