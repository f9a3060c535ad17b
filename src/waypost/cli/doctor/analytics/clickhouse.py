"""The doctor's check of the ClickHouse server that the settings name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from waypost.cli.doctor.findings import Check, Status
from waypost.cli.doctor.provenance import masked_url
from waypost.config import Settings
from waypost.domain.errors import BackendUnavailable
from waypost.wiring.drivers import CLICKHOUSE
from waypost.wiring.offline.servers import ask_clickhouse

if TYPE_CHECKING:
    from waypost.wiring.offline.servers import ClickHouseState


async def check_clickhouse(settings: Settings) -> Check:
    """Check whether the server answers, and can store clicks."""
    shown = masked_url(settings.CLICKHOUSE_URL)
    try:
        state = await ask_clickhouse(settings)
    except BackendUnavailable:
        return Check(
            name=CLICKHOUSE.server,
            status=Status.PROBLEM,
            finding=f"{shown} does not answer, or refuses this user or database. No "
            "reports can be made; clicks wait in the journals, or on the bus.",
            remedy="Start it, or correct CLICKHOUSE_URL, CLICKHOUSE_USERNAME, "
            "CLICKHOUSE_PASSWORD or CLICKHOUSE_DATABASE. The port is that of HTTP.",
        )
    status, finding, remedy = _judge(state)
    return Check(
        name=CLICKHOUSE.server,
        status=status,
        finding=f"{shown} {finding}",
        remedy=remedy,
    )


def _judge(state: ClickHouseState) -> tuple[Status, str, str]:
    if state.is_too_old:
        finding = f"is version {state.version}, and 24.3 is needed."
        return Status.PROBLEM, finding, "Upgrade it."
    if state.is_newer:
        finding = "has the tables of a newer release of Waypost."
        return Status.PROBLEM, finding, "Install that release or a later one."
    answers = f"answers, version {state.version}"
    if not state.has_tables:
        return Status.NOTE, f"{answers}; the tables will be made.", ""
    return Status.OK, f"{answers}.", ""
