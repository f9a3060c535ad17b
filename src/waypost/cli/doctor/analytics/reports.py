"""The doctor's check of the store that reports are made from."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Final

from waypost.cli.doctor.findings import Check, Status
from waypost.cli.errors import readable_errors
from waypost.cli.exits import CommandError
from waypost.cli.output import plural
from waypost.config import Settings
from waypost.services.analytics.unreported import Unreported
from waypost.wiring.offline.clicks import has_clicks, state_of_reports

_LATE: Final = timedelta(minutes=5)


def check_reports(settings: Settings, *, database: Check) -> list[Check]:
    """Check whether reports can be made, and how late they are.

    *database* is the outcome of `check_database`: one that is away is not asked again.
    """
    if database.status is not Status.OK or not has_clicks(settings):
        return []
    try:
        with readable_errors():
            state = asyncio.run(state_of_reports(settings))
    except CommandError as failure:
        return [
            Check(
                name="reports",
                status=Status.PROBLEM,
                finding=f"The clicks of reports cannot be read. {failure}",
                remedy="Links and counts do not need them. Clicks wait in the journal "
                "until they can be stored.",
            )
        ]
    return [_judge(state.until), *_compare(state.clicks)]


def _compare(clicks: Unreported) -> list[Check]:
    """Say how many counted clicks are not stored."""
    if not clicks.number:
        return []
    finding = f"{plural(clicks.number, 'counted click')} not in them"
    if clicks.in_unknown_journals:
        finding += (
            f", {clicks.in_unknown_journals:,} of these from journals of which none "
            "ever came"
        )
    return [
        Check(
            name="reports",
            status=Status.NOTE,
            finding=f"{finding}.",
            remedy="Those of the last moments still wait: ask again. What stays was "
            "counted while REPORTS was off, or was deleted before it was stored: by "
            "Kafka, or with a journal while Kafka was away. Counts are right.",
        )
    ]


def _judge(until: datetime | None) -> Check:
    if until is None:
        return Check(
            name="reports", status=Status.OK, finding="No click was stored yet."
        )
    finding = f"They have every click up to {until:%Y-%m-%d %H:%M:%S} UTC."
    if datetime.now(UTC) - until < _LATE:
        return Check(name="reports", status=Status.OK, finding=finding)
    return Check(
        name="reports",
        status=Status.NOTE,
        finding=finding,
        remedy="That is as it should be while no server runs. If one does, its log "
        "says what keeps it from storing clicks (`rows.failed`).",
    )
