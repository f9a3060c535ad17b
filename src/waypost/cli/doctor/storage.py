"""The doctor's checks of what is on disk: data folder, database, journal."""

import asyncio
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from waypost.cli.doctor.findings import Check, Status
from waypost.cli.doctor.provenance import masked_url
from waypost.cli.errors import readable_errors
from waypost.cli.exits import CommandError
from waypost.cli.output import plural
from waypost.config import Settings
from waypost.domain.gaps import MissingClicks
from waypost.ports.journal import ROWS
from waypost.wiring.offline.ids import read_ids
from waypost.wiring.offline.journal import (
    JournalReport,
    ReaderReport,
    inspect_journal,
    journal_readers,
    missing_clicks,
    uncounted_clicks,
)
from waypost.wiring.offline.schema import is_whole, read_schema
from waypost.wiring.parts.embedded import left_behind
from waypost.wiring.topology import topology_of

_MEGABYTE = 1_000_000
_ENOUGH_DISK = 100 * _MEGABYTE
_NEARLY_ALL = 0.97
"""The part of its bound with which a journal is called full; a click needs some."""
_MUCH_UNREAD = 0.1
"""The part of the journal's bound that a reader may have to read."""
_ANSWER_SECONDS = 1.0
_INTEGRITY_SECONDS = 5.0


def check_data_dir(settings: Settings) -> Check:
    """Check whether the product can write, and how much."""
    folder = settings.DATA_DIR.absolute()
    existing = next(path for path in (folder, *folder.parents) if path.exists())
    if not existing.is_dir() or not os.access(existing, os.W_OK | os.X_OK):
        return Check(
            name="data folder",
            status=Status.PROBLEM,
            finding=f"Nothing can be written in {existing}.",
            remedy="Change who may write there, or set DATA_DIR to another folder.",
        )
    free = shutil.disk_usage(existing).free
    status, remedy = _judge_space(free, settings.JOURNAL_MAX_MEGABYTES * _MEGABYTE)
    made = "" if existing == folder else " will be made when it is needed, and"
    return Check(
        name="data folder",
        status=status,
        finding=f"{folder}{made} has {free // _MEGABYTE:,} MB free.",
        remedy=remedy,
    )


def _judge_space(free: int, journal: int) -> tuple[Status, str]:
    if free < _ENOUGH_DISK:
        return Status.PROBLEM, "Make room: without it clicks are dropped."
    if free < journal:
        return (
            Status.WARNING,
            (
                "The click journal may need more while the database is away "
                "(JOURNAL_MAX_MEGABYTES): make room, or lower that bound."
            ),
        )
    return Status.OK, ""


def check_database(settings: Settings) -> Check:
    """Check whether the database answers and has the schema of this version."""
    name, url = "database", masked_url(settings.database_url)
    if not topology_of(settings).is_lasting:
        return Check(
            name=name,
            status=Status.WARNING,
            finding="Links and counts are kept in memory, until the server stops.",
            remedy="To keep them, take DATABASE_URL out of the settings.",
        )
    try:
        with readable_errors():
            schema = read_schema(settings, timeout_seconds=_ANSWER_SECONDS)
            exists = schema.current is not None
            whole = not exists or is_whole(settings, within=_INTEGRITY_SECONDS)
    except CommandError as failure:
        return Check(name=name, status=Status.PROBLEM, finding=str(failure))
    if schema.current is None:
        return Check(
            name=name,
            status=Status.NOTE,
            finding=f"{url} is empty or not there; the first start makes it.",
        )
    if schema.is_current:
        unseen = "" if whole else "; too large to be looked through for damage"
        finding = f"{url} answers, at revision {schema.current}{unseen}."
        return Check(name=name, status=Status.OK, finding=finding)
    return Check(
        name=name,
        status=Status.NOTE,
        finding=f"{url} is at revision {schema.current}, behind {schema.newest}.",
        remedy="Run `waypost migrate`, or start the server, which does the same.",
    )


def check_left_behind(settings: Settings, *, database: Check) -> list[Check]:
    """Check whether the links of this folder are in a database of its own.

    *database* is the outcome of `check_database`.
    """
    if database.status is Status.PROBLEM:
        return []
    left = left_behind(settings)
    if left is None:
        return []
    return [
        Check(
            name="links",
            status=Status.PROBLEM,
            finding=left.finding,
            remedy=left.remedy,
        )
    ]


def check_journal(settings: Settings, *, database: Check) -> Check:
    """Check whether every click on disk can be read, and how many wait.

    *database* is the outcome of `check_database`: one that is away is not asked again.
    """
    name, folder = "journal", settings.journal_folder
    if _is_unused(folder):
        finding = "There is none yet; the first start makes it."
        return Check(name=name, status=Status.NOTE, finding=finding)
    try:
        with readable_errors():
            report = inspect_journal(folder)
    except CommandError as failure:
        return Check(name=name, status=Status.PROBLEM, finding=str(failure))
    finding = (
        f"{plural(len(report.segments), 'segment')}, {report.size:,} bytes; "
        f"{_waiting(settings, database)} not counted yet"
    )
    status, problem, remedy = _judge_journal(
        report, max_bytes=settings.JOURNAL_MAX_MEGABYTES * _MEGABYTE
    )
    return Check(name=name, status=status, finding=finding + problem, remedy=remedy)


def check_readers(settings: Settings, *, database: Check) -> list[Check]:
    """Look at how much the readers of the journal have still to read.

    *database* is the outcome of `check_database`: one that is away is not asked again.
    """
    if database.status is not Status.OK or _is_unused(settings.journal_folder):
        return []
    try:
        with readable_errors():
            readers = asyncio.run(journal_readers(settings))
    except CommandError:  # the journal or the database, which have their own checks
        return []
    bound = settings.JOURNAL_MAX_MEGABYTES * _MEGABYTE
    return [_judge_reader(reader, bound=bound) for reader in readers]


def _judge_reader(reader: ReaderReport, *, bound: int) -> Check:
    name = f"reader {reader.reader}"
    finding = "It has read every click."
    if reader.unread_bytes:
        finding = f"It has {reader.unread_bytes:,} bytes of clicks to read."
    if reader.unread_bytes < bound * _MUCH_UNREAD:
        return Check(name=name, status=Status.OK, finding=finding)
    return Check(
        name=name,
        status=Status.WARNING,
        finding=f"{finding} At {bound:,} (JOURNAL_MAX_MEGABYTES) {_loss(reader)}.",
        remedy="Start the server, if none runs. If one does, its log says what keeps "
        "the reader: see also the checks of the servers below.",
    )


def _loss(reader: ReaderReport) -> str:
    """Return what happens at the journal's bound."""
    if reader.reader == ROWS:
        return "reports lose clicks that are counted"
    return "clicks are lost"


def _is_unused(folder: Path) -> bool:
    """Return whether no server has kept a click in *folder*, or begun to."""
    try:
        return not any(path.suffix == ".seg" for path in folder.iterdir())
    except FileNotFoundError:
        return True
    except OSError:  # which reading the journal reports
        return False


def _judge_journal(report: JournalReport, *, max_bytes: int) -> tuple[Status, str, str]:
    """Return the status of a journal, what is wrong with it, and what to do."""
    if report.strange:
        return (
            Status.PROBLEM,
            (
                "; these are named like segments and cannot be any: "
                f"{', '.join(report.strange)}."
            ),
            (
                "Move them to a folder of their own, or no server starts. If they hold "
                "clicks, run `waypost journal replay --from FOLDER`."
            ),
        )
    if report.size >= max_bytes * _NEARLY_ALL:
        return (
            Status.PROBLEM,
            "; JOURNAL_MAX_MEGABYTES is reached, and new clicks are dropped.",
            (
                "Find out why clicks are not counted: see the other checks. Until "
                "then, raise JOURNAL_MAX_MEGABYTES if the disk has room."
            ),
        )
    if not report.intact or report.set_aside:
        return (
            Status.WARNING,
            "; parts are damaged.",
            (
                "The rest is counted all the same. `waypost journal verify` lists "
                "what is damaged; check the disk."
            ),
        )
    return Status.OK, ".", ""


def _waiting(settings: Settings, database: Check) -> str:
    unknown = "an unknown number of clicks"
    if database.status is Status.PROBLEM:
        return unknown
    try:
        with readable_errors():
            clicks = asyncio.run(uncounted_clicks(settings))
    except CommandError:  # the database, which has its own check
        return unknown
    return plural(clicks, "click")


def check_missing(settings: Settings, *, database: Check) -> list[Check]:
    """Check whether recorded clicks are missing from the count.

    *database* is the outcome of `check_database`: only a working one is asked.
    """
    if database.status is not Status.OK:
        return []
    try:
        with readable_errors():
            found = asyncio.run(missing_clicks(settings))
    except CommandError:  # the database, which has its own check
        return []
    return [_judge_missing([each for each in found if each.confirmed_at])]


def _judge_missing(missing: Sequence[MissingClicks]) -> Check:
    name = "missing clicks"
    if not missing:
        return Check(name=name, status=Status.OK, finding="None is known.")
    first = missing[0]
    place = (
        f"journal {first.journal}, lane {first.lane}, "
        f"{first.span.first} to {first.span.last}"
    )
    more = f", and {plural(len(missing) - 1, 'more gap')}" if missing[1:] else ""
    clicks = plural(sum(each.clicks for each in missing), "recorded click")
    return Check(
        name=name,
        status=Status.WARNING,
        finding=f"{clicks} did not come to the count: {place}{more}.",
        remedy="`waypost missing` lists them. They may be among the dead letters "
        "(`waypost dlq list`), or in the journal of a server that is stopped.",
    )


def check_ids(settings: Settings, *, database: Check) -> Check:
    """Check whether the database may have lost which ids were used.

    *database* is the outcome of `check_database`.
    """
    name = "ids"
    if database.status is not Status.OK:
        finding = "Nothing is known of them without a database that is up to date."
        return Check(name=name, status=Status.NOTE, finding=finding)
    try:
        with readable_errors():
            state = asyncio.run(read_ids(settings))
    except CommandError as failure:
        return Check(name=name, status=Status.WARNING, finding=str(failure))
    finding = f"The next one is {state.next_id:,}; {state.left:,} are left"
    if state.is_behind:
        return Check(
            name=name,
            status=Status.WARNING,
            finding=f"{finding}, but the data folder knows ids up to "
            f"{state.folder_highest:,}: the database was restored from a backup.",
            remedy="The server skips these ids when it starts. `waypost ids skip` "
            "skips also those that only other data folders know.",
        )
    if state.folder_highest is None and state.next_id > 1:
        return Check(
            name=name,
            status=Status.NOTE,
            finding=f"{finding}. The data folder does not know which were used.",
            remedy="If this database comes from a backup, run `waypost ids skip` "
            "before the server starts.",
        )
    return Check(name=name, status=Status.OK, finding=f"{finding}.")
