"""Take complaints about links, and judge them."""

from dataclasses import dataclass, replace
from typing import Final
from urllib.parse import unquote, urlsplit

import structlog

from waypost.domain.abuse.quarantine import (
    Quarantine,
    QuarantineMode,
    QuarantineReason,
)
from waypost.domain.abuse.reports import AbuseReport, ReportReason, ReportState
from waypost.domain.access.key_ids import is_key_id, make_key_id
from waypost.domain.audit.entries import Cause
from waypost.domain.codes import parse_code
from waypost.domain.domains.table import DomainTable
from waypost.domain.errors import AbuseReportNotFound, LinkDeleted, LinkNotFound
from waypost.ports.abuse.reports import AbuseReports
from waypost.services.abuse.quarantining import quarantining
from waypost.services.links.context import LinkContext
from waypost.services.links.edit import change_link

_REASONS: Final = {
    ReportReason.PHISHING: QuarantineReason.PHISHING,
    ReportReason.MALWARE: QuarantineReason.MALWARE,
    ReportReason.SPAM: QuarantineReason.SPAM,
    ReportReason.LEGAL: QuarantineReason.LEGAL,
    ReportReason.OTHER: QuarantineReason.REPORTED,
}
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True, kw_only=True)
class Complaint:
    """What a visitor says of a link."""

    short_url: str
    reason: ReportReason
    message: str
    email: str | None


async def take_complaint(
    complaint: Complaint, *, reports: AbuseReports, context: LinkContext
) -> None:
    """Keep *complaint*, if there is such a link and not too many wait.

    Raises:
        BackendUnavailable: The store does not answer.
    """
    found = _link_in(complaint.short_url, context.domains.table)
    link = found and await context.storage.links.by_code(found[0], domain=found[1])
    if not link or link.deleted_at is not None:
        return
    now = context.clock.now()
    report = AbuseReport(
        id=make_key_id(now),
        state=ReportState.OPEN,
        link_id=link.id,
        code=link.key,
        reason=complaint.reason,
        message=complaint.message,
        email=complaint.email,
        created_at=now,
    )
    if await reports.add(report):
        _log.info("abuse.reported", report_id=report.id, link_id=link.id)


async def judge_report(
    report_id: str,
    state: ReportState,
    *,
    by: Cause,
    reports: AbuseReports,
    context: LinkContext,
) -> AbuseReport:
    """Set the state of a report; one that is confirmed puts its link in quarantine.

    A quarantine that the link has stays as it is; a link that is gone needs none. In a
    dry run of *context* nothing is kept.

    Raises:
        AbuseReportNotFound: There is none with this id.
        BackendUnavailable: The store does not answer.
    """
    report = await reports.one(report_id) if is_key_id(report_id) else None
    if report is None:
        raise AbuseReportNotFound
    if state is ReportState.CONFIRMED:
        new = Quarantine(
            mode=QuarantineMode.BLOCK,
            reason=_REASONS[report.reason],
            note=f"Report {report.id}",
            since=context.clock.now(),
        )
        change = quarantining(
            new, versions=None, context=context, replaces=lambda old: old is None
        )
        try:
            await change_link(report.code, change, by=by, context=context)
        except (LinkNotFound, LinkDeleted):
            _log.info("abuse.link_gone", report_id=report.id)
    if not context.is_dry_run:
        await reports.judge(report_id, state)
    return replace(report, state=state)


def _link_in(short_url: str, table: DomainTable) -> tuple[str, str] | None:
    """Return the code and the domain in *short_url*, which may be a code alone.

    None: there is no code in it.
    """
    path, domain = short_url, table.default
    try:
        if "/" in short_url:
            url = urlsplit(short_url if "://" in short_url else f"//{short_url}")
            path, domain = url.path, table.visited(url.netloc)
    except ValueError:
        return None
    segment = unquote(path).strip("/").removesuffix("+")
    code = parse_code(segment) if segment else None
    return None if code is None else (domain.stored(code), domain.host)
