"""The job `retention`: deletes what is older than the settings allow."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from waypost.domain.analytics.enriched import day_of
from waypost.domain.analytics.orphans import OrphanKind, OrphanQuery
from waypost.domain.reports.calendar import ms_of
from waypost.ports.analytics.administration import ClickAdministration, Expired
from waypost.ports.analytics.orphans import OrphanStore
from waypost.ports.runtime import Clock
from waypost.services.jobs.tasks import Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Retention:
    """Expires rows, and later roll-ups, of a store."""

    store: ClickAdministration
    orphans: OrphanStore
    clock: Clock
    rows_days: int
    """For how many days single clicks are kept; 0: for ever."""
    rollups_days: int
    """For how many days reports go back; 0: for ever."""
    is_archived: bool = False
    """Whether days that are not sealed, and so not in the archive, stay."""

    def tasks(self, before: Sequence[Task] = ()) -> Sequence[Task]:
        """Return the tasks; *before*, such as archiving, comes first."""
        needs = tuple(task.name for task in before)
        found = list(before)
        if self.rows_days:
            found.append(Task(name="expire rows", run=self._expire_rows, needs=needs))
        if self.rollups_days:
            found.append(
                Task(name="expire roll-ups", run=self._expire_rollups, needs=needs)
            )
            found.append(Task(name="expire orphans", run=self._expire_orphans))
        return found

    async def _expire_rows(self, is_dry_run: bool) -> Mapping[str, int]:  # noqa: FBT001 - as a task is called
        first = await self._first_day(self.rows_days)
        expired = await self.store.expire(before_day=first, is_dry_run=is_dry_run)
        return _counts(expired, "expired")

    async def _expire_rollups(self, is_dry_run: bool) -> Mapping[str, int]:  # noqa: FBT001 - as a task is called
        first = await self._first_day(self.rollups_days)
        expired = await self.store.expire_rollups(
            before_day=first, is_dry_run=is_dry_run
        )
        return _counts(expired, "forgotten")

    async def _expire_orphans(self, is_dry_run: bool) -> Mapping[str, int]:  # noqa: FBT001 - as a task is called
        first = day_of(ms_of(self.clock.now())) - self.rollups_days
        if is_dry_run:
            numbers = await self.orphans.numbers(OrphanQuery(end_day=first))
        else:
            kinds = tuple(OrphanKind)
            numbers = await self.orphans.delete(kinds=kinds, before_day=first)
        return {"orphans_forgotten": numbers.clicks}

    async def _first_day(self, days: int) -> int:
        """Return the first day that stays: *days* before today, or earlier."""
        first = day_of(ms_of(self.clock.now())) - days
        if not self.is_archived:
            return first
        stored = await self.store.stored_days()
        return min([first, *(day.day for day in stored if not day.is_sealed)])


def _counts(expired: Expired, verb: str) -> Mapping[str, int]:
    return {f"days_{verb}": expired.days, f"clicks_{verb}": expired.clicks}
