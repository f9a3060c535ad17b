"""`waypost missing`: list recorded clicks that were not counted."""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import TYPE_CHECKING

import msgspec

from waypost.cli.options import DataDirOption, JsonOption
from waypost.cli.output import json_line, plural, print_result, table

if TYPE_CHECKING:
    from waypost.domain.gaps import MissingClicks

EXAMPLES = (
    "waypost missing",
    "waypost missing --json | jq 'select(.confirmed_at)'",
)


class MissingReport(msgspec.Struct, frozen=True, kw_only=True):
    """Consecutive clicks of a lane in JSON output."""

    journal: str
    lane: int
    first_sequence: int
    last_sequence: int
    clicks: int
    noticed_at: datetime
    confirmed_at: datetime | None
    """None: they are late, and not overdue yet."""


def missing(as_json: JsonOption = False, data_dir: DataDirOption = None) -> None:
    """List recorded clicks that were not counted.

    Ingest workers detect them. A click has a journal, a lane and a sequence, and
    sequences have no gaps, so a click that is lost on the bus is noticed, and its
    place is known. It is late at first, and missing after CLICK_GAP_SECONDS; if it is
    counted after all, it is removed from this list.
    """
    from waypost.cli.configuration import read_settings
    from waypost.cli.errors import readable_errors
    from waypost.wiring.offline.journal import missing_clicks

    settings = read_settings(DATA_DIR=data_dir)
    with readable_errors():
        found = asyncio.run(missing_clicks(settings))
    if as_json:
        for each in found:
            print_result(json_line(_report(each)))
        return
    if not found:
        print_result("No click is known to be missing.")
        return
    header = ("JOURNAL", "LANE", "FIRST", "LAST", "CLICKS", "SINCE (UTC)", "STATE")
    for line in table(header, map(_row, found)):
        print_result(line)
    overdue = sum(each.clicks for each in found if each.confirmed_at)
    print_result(f"{plural(overdue, 'click')} missing.")


def _row(missing: MissingClicks) -> tuple[str, ...]:
    return (
        missing.journal,
        str(missing.lane),
        str(missing.span.first),
        str(missing.span.last),
        f"{missing.clicks:,}",
        f"{missing.noticed_at:%Y-%m-%d %H:%M:%S}",
        "missing" if missing.confirmed_at else "late",
    )


def _report(missing: MissingClicks) -> MissingReport:
    return MissingReport(
        journal=missing.journal,
        lane=missing.lane,
        first_sequence=missing.span.first,
        last_sequence=missing.span.last,
        clicks=missing.clicks,
        noticed_at=missing.noticed_at,
        confirmed_at=missing.confirmed_at,
    )
