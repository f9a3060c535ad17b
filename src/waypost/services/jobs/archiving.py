"""The job `archive`: each UTC day that is over as a file, with a manifest."""

import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from waypost.domain.analytics.enriched import DAY_MS
from waypost.domain.reports.periods import Period
from waypost.ports.analytics.administration import ClickAdministration, StoredDay
from waypost.ports.batch.jobs import Archive
from waypost.ports.batch.tables import TableForm
from waypost.ports.runtime import Clock
from waypost.services.exports.clicks import CLICK_FIELDS, ClickSource, click_table
from waypost.services.exports.writing import written
from waypost.services.jobs.tasks import Task
from waypost.services.reports.asking import Subject

_EPOCH: Final = date(1970, 1, 1)


class DayManifest(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a day's file. Written after it, so both belong together."""

    day: str
    version: int
    """That of the day in the store: late clicks and erasures raise it."""
    file: str
    clicks: int
    bytes: int
    sha256: str
    made_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Archiving:
    """Archives days of a store."""

    store: ClickAdministration
    source: ClickSource
    archive: Archive
    form: TableForm
    clock: Clock

    async def tasks(self) -> Sequence[Task]:
        """Return a task for each sealed day; those of days in the archive are done."""
        return [
            Task(
                name=f"archive {_date(day.day)}",
                run=partial(self._archive, day),
                is_done=partial(self._is_archived, day),
            )
            for day in await self.store.stored_days()
            if day.is_sealed
        ]

    async def _is_archived(self, day: StoredDay) -> bool:
        content = await self.archive.read(_manifest_name(day.day))
        if content is None:
            return False
        try:
            manifest = msgspec.json.decode(content, type=DayManifest)
        except ValueError:
            return False
        return manifest.version == day.version

    async def _archive(self, day: StoredDay, is_dry_run: bool) -> Mapping[str, int]:  # noqa: FBT001 - as a task is called
        if is_dry_run:
            return {"days": 1}
        clicks = 0

        def progress(so_far: int) -> None:
            nonlocal clicks
            clicks = so_far

        name = f"clicks-{_date(day.day)}.{self.form.ending}"
        period = Period(
            start_ms=day.day * DAY_MS,
            end_ms=(day.day + 1) * DAY_MS,
            zone=ZoneInfo("UTC"),
        )
        table = click_table(
            Subject(period=period), source=self.source, progress=progress
        )
        file = _Measured(written(table, fields=CLICK_FIELDS, form=self.form))
        await self.archive.write(name, file)
        manifest = DayManifest(
            day=_date(day.day).isoformat(),
            version=day.version,
            file=name,
            clicks=clicks,
            bytes=file.bytes,
            sha256=file.sha256.hexdigest(),
            made_at=self.clock.now().astimezone(UTC),
        )
        await self.archive.write(
            _manifest_name(day.day), _one(msgspec.json.encode(manifest))
        )
        return {"days": 1, "clicks": clicks, "bytes": file.bytes}


class _Measured:
    """Passes pieces on, and knows their length and checksum."""

    def __init__(self, pieces: AsyncIterator[bytes]) -> None:
        self._pieces = pieces
        self.bytes = 0
        self.sha256 = hashlib.sha256()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._pieces:
            self.bytes += len(piece)
            self.sha256.update(piece)
            yield piece


async def _one(piece: bytes) -> AsyncIterator[bytes]:
    yield piece


def _date(day: int) -> date:
    return _EPOCH + timedelta(days=day)


def _manifest_name(day: int) -> str:
    return f"clicks-{_date(day)}.json"
