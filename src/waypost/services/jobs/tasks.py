"""Tasks that depend on one another, of which each is done once."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from graphlib import TopologicalSorter


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One step of a job, which may be repeated after a kill at any moment."""

    name: str
    run: Callable[[bool], Awaitable[Mapping[str, int]]]
    """Does it, or only counts if the argument says so; returns what by name."""
    needs: tuple[str, ...] = ()
    """The tasks that come before it."""
    is_done: Callable[[], Awaitable[bool]] | None = None
    """Returns whether its result is there already."""


@dataclass(slots=True)
class TasksDone:
    """What has been done of a graph of tasks."""

    done: list[str] = field(default_factory=list)
    skipped: int = 0
    total: int | None = None
    """How many tasks there are. None: that is not known yet."""
    counts: dict[str, int] = field(default_factory=dict)


async def run_tasks(
    tasks: Sequence[Task], *, is_dry_run: bool, outcome: TasksDone
) -> None:
    """Do *tasks*, each after those that it needs, and note them in *outcome*.

    The first that fails ends the run: *outcome* says what was done until then.
    """
    outcome.total = len(tasks)
    by_name = {task.name: task for task in tasks}
    assert len(by_name) == len(tasks), "each task has a name of its own"
    order = TopologicalSorter({task.name: task.needs for task in tasks})
    for name in order.static_order():
        task = by_name[name]
        if task.is_done and await task.is_done():
            outcome.skipped += 1
            continue
        for what, count in (await task.run(is_dry_run)).items():
            outcome.counts[what] = outcome.counts.get(what, 0) + count
        outcome.done.append(name)
