"""The jobs `reclassify` and `verify`."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial

from waypost.ports.analytics.administration import ClickAdministration
from waypost.ports.gaps import ClickGaps
from waypost.services.analytics.unreported import unreported
from waypost.services.jobs.tasks import Task


class StoreIsWrong(Exception):  # noqa: N818 - named for what was found
    """Days of the store do not agree with their rows; the text says which."""


def reclassifying(
    store: ClickAdministration,
    machine: Callable[[], Callable[[str | None], str | None]],
) -> Sequence[Task]:
    """Return the task that judges every click again by what *machine* returns."""

    async def run(is_dry_run: bool) -> Mapping[str, int]:  # noqa: FBT001 - as a task is called
        if is_dry_run:
            return {}
        return {"clicks_changed": await store.reclassify(machine())}

    return [Task(name="reclassify", run=run)]


def verifying(store: ClickAdministration, gaps: ClickGaps) -> Sequence[Task]:
    """Return the task that compares days with their rows, and rows with counts.

    A click that is counted and not stored is no error of the store.
    """
    return [Task(name="verify", run=partial(_verify, store, gaps))]


async def _verify(
    store: ClickAdministration,
    gaps: ClickGaps,
    is_dry_run: bool,  # noqa: FBT001 - as a task is called
) -> Mapping[str, int]:
    del is_dry_run  # it changes nothing
    checked = 0
    wrong = []
    async for check in store.verify():
        checked += 1
        if not check.is_equal:
            wrong.append(f"day {check.day}: {check.finding}")
    if wrong:
        raise StoreIsWrong("; ".join(wrong))
    clicks = await unreported(gaps, store)
    return {
        "days_checked": checked,
        "clicks_counted": clicks.counted,
        "clicks_not_stored": clicks.number,
    }
