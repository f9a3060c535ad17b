"""The doctor's checks, each after those that it depends on."""

import platform
import sqlite3
from importlib.metadata import version
from pathlib import Path

from waypost.cli.configuration import read_settings
from waypost.cli.doctor.analytics.enrichment import check_enrichment
from waypost.cli.doctor.analytics.reports import check_reports
from waypost.cli.doctor.backends import check_backends, check_settings
from waypost.cli.doctor.blocklists import check_blocklists
from waypost.cli.doctor.findings import Check, Diagnosis, Status
from waypost.cli.doctor.loops import check_loops
from waypost.cli.doctor.names import check_environment, check_names
from waypost.cli.doctor.provenance import configured_values
from waypost.cli.doctor.server import check_base_url, check_server
from waypost.cli.doctor.storage import (
    check_data_dir,
    check_database,
    check_ids,
    check_journal,
    check_left_behind,
    check_missing,
    check_readers,
)
from waypost.cli.exits import WrongUsageError
from waypost.config import Settings


def diagnose(*, data_dir: Path | None, server: str | None, links: int) -> Diagnosis:
    """Run all checks; a fault becomes a part of the result, and is not raised.

    *links*: how many of the newest links are checked.
    """
    try:
        settings = read_settings(DATA_DIR=data_dir)
    except WrongUsageError as failure:
        return Diagnosis(settings=[], checks=[_wrong_settings(failure)])
    database = check_database(settings)
    options = {"DATA_DIR"} if data_dir else set()
    return Diagnosis(
        settings=configured_values(settings, options=options),
        checks=[
            _versions(),
            *check_names(),
            *check_environment(settings),
            *check_settings(settings),
            *check_blocklists(settings),
            check_data_dir(settings),
            database,
            check_journal(settings, database=database),
            *check_readers(settings, database=database),
            *_check_content(settings, database=database, links=links),
            *check_enrichment(settings),
            *check_reports(settings, database=database),
            *check_backends(settings),
            check_base_url(settings),
            check_server(settings, server=server),
        ],
    )


def _check_content(settings: Settings, *, database: Check, links: int) -> list[Check]:
    """Check what the database holds, unless it is empty and should not be."""
    return check_left_behind(settings, database=database) or [
        *check_missing(settings, database=database),
        check_ids(settings, database=database),
        *check_loops(settings, database=database, limit=links),
    ]


def _wrong_settings(failure: WrongUsageError) -> Check:
    return Check(
        name="settings",
        status=Status.PROBLEM,
        finding=str(failure),
        remedy="Set it to another value, or take it out of the environment and files.",
    )


def _versions() -> Check:
    return Check(
        name="versions",
        status=Status.OK,
        finding=f"Waypost {version('waypost')}, Python {platform.python_version()}, "
        f"SQLite {sqlite3.sqlite_version}, uvloop {version('uvloop')}.",
    )
