"""Complaints about links, kept for admins."""

from collections.abc import Collection, Sequence
from typing import Protocol

from waypost.domain.abuse.reports import AbuseReport, ReportState


class AbuseReports(Protocol):
    """The reports of all processes; bounded.

    Every method may raise `BackendUnavailable`.
    """

    async def add(self, report: AbuseReport) -> bool:
        """Keep *report*; False: it was dropped, because too many are open."""
        ...

    async def page(
        self, states: Collection[ReportState], *, before_id: str | None, limit: int
    ) -> Sequence[AbuseReport]:
        """Return up to *limit* reports by descending id, those below *before_id*."""
        ...

    async def one(self, report_id: str) -> AbuseReport | None:
        """Return the report with exactly this id, or None."""
        ...

    async def judge(self, report_id: str, state: ReportState) -> None:
        """Set the state of a report."""
        ...
