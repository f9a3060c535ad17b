"""What a journal's segments hold when it is opened, after whatever ended it."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import structlog

from waypost.adapters.journal.folder import JournalError, JournalFolder
from waypost.adapters.journal.format import HEADER_BYTES
from waypost.adapters.journal.scan import scan_segment
from waypost.adapters.journal.segments import (
    read_header,
    segment_numbers,
    segment_path,
)
from waypost.domain.clicks import LANES
from waypost.ports.storage import JournalPosition

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Recovered:
    """What is known of a journal's past."""

    sizes: dict[int, int]
    """Bytes by segment number, oldest first."""
    last: list[int]
    """By lane, the last sequence used."""
    newest: int
    """The highest segment number used; 0 when there was none."""


def recover(
    folder: JournalFolder,
    *,
    at_least: Mapping[int, int],
    after: JournalPosition | None,
) -> Recovered:
    """Cut the torn tail off the newest segment, and learn where everything stands.

    Raises:
        JournalError: A segment belongs to another journal.
        OSError: The disk refuses.
    """
    paths = {
        number: segment_path(folder.path, number)
        for number in segment_numbers(folder.path)
    }
    _refuse_strangers(folder, paths)
    last = _last_sequences(list(paths.values()))
    for lane, sequence in at_least.items():
        last[lane] = max(last[lane], sequence)
    return Recovered(
        sizes={number: path.stat().st_size for number, path in paths.items()},
        last=last,
        newest=max([*paths, after.segment if after else 0], default=0),
    )


def _refuse_strangers(folder: JournalFolder, paths: Mapping[int, Path]) -> None:
    for path in paths.values():
        header = read_header(path)
        if header is not None and header.journal != folder.journal:
            raise JournalError(
                f"{path} belongs to another click journal. Move it to a folder of "
                "its own, and count it with `waypost journal replay`."
            )


def _last_sequences(paths: list[Path]) -> list[int]:
    """Return the last sequences used, from the newest header that is intact on."""
    last = [0] * LANES
    for path in reversed(paths):
        end = _raise_to_records(path, last)
        if path is paths[-1]:
            _cut(path, end)
        header = read_header(path)
        if header is not None:
            return [max(pair) for pair in zip(last, header.last, strict=True)]
    return last


def _raise_to_records(path: Path, last: list[int]) -> int:
    """Raise *last* to a segment's records; return where the last of them ends."""
    end = min(HEADER_BYTES, path.stat().st_size)
    for found in scan_segment(path, whole=False):
        for recorded in found.records:
            last[recorded.lane] = max(last[recorded.lane], recorded.sequence)
        end = found.offset
    return end


def _cut(path: Path, end: int) -> None:
    torn = path.stat().st_size - end
    if torn:
        os.truncate(path, end)
        _log.warning("journal.tail_cut", segment=path.name, offset=end, torn_bytes=torn)
