"""Complaints about links as rows; `ports.abuse.reports.AbuseReports`."""

from collections.abc import Collection, Sequence
from dataclasses import asdict
from typing import Final

from sqlalchemy import Connection, RowMapping, delete, func, insert, select, update

from waypost.adapters.sql.database import Database
from waypost.adapters.sql.tables import abuse_reports
from waypost.domain.abuse.reports import (
    MAX_KEPT,
    MAX_OPEN,
    MAX_OPEN_OF_LINK,
    AbuseReport,
    ReportReason,
    ReportState,
)

_ROWS: Final = abuse_reports.c
_STATES: Final = {state.value: state for state in ReportState}
_REASONS: Final = {reason.value: reason for reason in ReportReason}
_IS_OPEN: Final = _ROWS.state == ReportState.OPEN.value


class SqlAbuseReports:
    """Reports of all processes. Its methods are described at the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, report: AbuseReport) -> bool:
        """Keep *report*; False: it was dropped."""
        async with self._database.transaction() as transaction:
            return await transaction.run(_add, report)

    async def page(
        self, states: Collection[ReportState], *, before_id: str | None, limit: int
    ) -> Sequence[AbuseReport]:
        """Return up to *limit* reports, the newest first."""
        return await self._database.read(_page, states, before_id, limit)

    async def one(self, report_id: str) -> AbuseReport | None:
        """Return the report with this id, or None."""
        return await self._database.read(_one, report_id)

    async def judge(self, report_id: str, state: ReportState) -> None:
        """Set the state of a report."""
        async with self._database.transaction() as transaction:
            await transaction.run(_judge, report_id, state)


def _add(connection: Connection, report: AbuseReport) -> bool:
    # Processes that add at the same moment may pass a bound by one each.
    waiting = select(func.count()).select_from(abuse_reports).where(_IS_OPEN)
    of_link = waiting.where(_ROWS.link_id == report.link_id)
    if (connection.scalar(waiting) or 0) >= MAX_OPEN:
        return False
    if (connection.scalar(of_link) or 0) >= MAX_OPEN_OF_LINK:
        return False
    values = asdict(report) | {"state": report.state.value}
    connection.execute(insert(abuse_reports), values | {"reason": report.reason.value})
    kept = connection.scalar(select(func.count()).select_from(abuse_reports)) or 0
    if kept > MAX_KEPT:
        oldest = select(func.min(_ROWS.id)).where(~_IS_OPEN).scalar_subquery()
        connection.execute(delete(abuse_reports).where(_ROWS.id == oldest))
    return True


def _page(
    connection: Connection,
    states: Collection[ReportState],
    before_id: str | None,
    limit: int,
) -> Sequence[AbuseReport]:
    query = select(abuse_reports).where(_ROWS.state.in_([one.value for one in states]))
    if before_id is not None:
        query = query.where(_ROWS.id < before_id)
    rows = connection.execute(query.order_by(_ROWS.id.desc()).limit(limit)).mappings()
    return [_report_of(row) for row in rows]


def _one(connection: Connection, report_id: str) -> AbuseReport | None:
    query = select(abuse_reports).where(_ROWS.id == report_id)
    row = connection.execute(query).mappings().first()
    return None if row is None else _report_of(row)


def _judge(connection: Connection, report_id: str, state: ReportState) -> None:
    changing = update(abuse_reports).where(_ROWS.id == report_id)
    connection.execute(changing.values(state=state.value))


def _report_of(row: RowMapping) -> AbuseReport:
    return AbuseReport(
        id=row["id"],
        state=_STATES[row["state"]],
        link_id=row["link_id"],
        code=row["code"],
        reason=_REASONS[row["reason"]],
        message=row["message"],
        email=row["email"],
        created_at=row["created_at"],
    )
