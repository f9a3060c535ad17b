"""Complaints about links, and how far links were compared with a blocklist."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from waypost.domain.abuse.reports import (
    MAX_KEPT,
    MAX_OPEN,
    MAX_OPEN_OF_LINK,
    AbuseReport,
    ReportState,
)
from waypost.ports.abuse.blocklists import Comparison


class MemoryAbuseReports:
    """Reports of this process; `ports.abuse.reports.AbuseReports`."""

    def __init__(self) -> None:
        self._reports: dict[str, AbuseReport] = {}

    async def add(self, report: AbuseReport) -> bool:
        """Keep *report*; False: it was dropped."""
        waiting = [one for one in self._reports.values() if one.state == "open"]
        of_link = [one for one in waiting if one.link_id == report.link_id]
        if len(waiting) >= MAX_OPEN or len(of_link) >= MAX_OPEN_OF_LINK:
            return False
        self._reports[report.id] = report
        if len(self._reports) > MAX_KEPT:
            judged = (k for k, one in self._reports.items() if one.state != "open")
            del self._reports[min(judged)]
        return True

    async def page(
        self, states: Collection[ReportState], *, before_id: str | None, limit: int
    ) -> Sequence[AbuseReport]:
        """Return up to *limit* reports, the newest first."""
        found = [
            one
            for one in self._reports.values()
            if one.state in states and (before_id is None or one.id < before_id)
        ]
        return sorted(found, key=lambda one: one.id, reverse=True)[:limit]

    async def one(self, report_id: str) -> AbuseReport | None:
        """Return the report with this id, or None."""
        return self._reports.get(report_id)

    async def judge(self, report_id: str, state: ReportState) -> None:
        """Set the state of a report."""
        self._reports[report_id] = replace(self._reports[report_id], state=state)


class MemoryComparisons:
    """The last comparison of this process."""

    def __init__(self) -> None:
        self._last = Comparison("", None)

    async def last(self) -> Comparison:
        """Return it."""
        return self._last

    async def keep(self, comparison: Comparison) -> None:
        """Replace it."""
        self._last = comparison
