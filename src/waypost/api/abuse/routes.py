"""Routes that take, list and judge complaints about links."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Body, Path, Request

from waypost.api.abuse.bodies import (
    COMPLAINT_EXAMPLES,
    JUDGEMENT_EXAMPLES,
    REPORT_EXAMPLE,
    REPORT_ID,
    Judgement,
    NewReport,
    ReportList,
    ReportView,
    Thanks,
)
from waypost.api.access.guard import KEY_REFUSALS, GuardedRoute, cause_of, needs
from waypost.api.access.limiting import OpenRoute
from waypost.api.context import context_of
from waypost.api.documents.openapi import answer_like, refusals
from waypost.api.listing.answers import list_answers
from waypost.api.listing.pages import decode_id_cursor, encode_cursor, page_of
from waypost.api.listing.parameters import PAGING, page_limit
from waypost.api.reports.parameters import Parameter, documented
from waypost.api.reports.queries import values_of
from waypost.domain.abuse.reports import ReportState
from waypost.domain.access.scopes import KeyScope
from waypost.http.statuses import BODY_REFUSALS, STORE_REFUSALS
from waypost.services.abuse.reports import judge_report, take_complaint

_PREFIX: Final = "/api/v1/abuse-reports"
_OF_LIST: Final = (
    Parameter(
        name="state",
        description="Only reports in this state: `open`, `confirmed` or `dismissed`. "
        "Repeated: any of them. Default: all.",
        example="open",
        values=tuple(ReportState),
        is_repeatable=True,
    ),
    *PAGING,
)
_ALWAYS: Final = ("internal-error", *STORE_REFUSALS)
_TAGS: Final = ["abuse"]

public = APIRouter(prefix=_PREFIX, tags=[*_TAGS], route_class=OpenRoute)
router = APIRouter(prefix=_PREFIX, tags=[*_TAGS], route_class=GuardedRoute)


@public.post(
    "",
    operation_id="report_abuse",
    summary="Complain about a link",
    status_code=HTTPStatus.ACCEPTED,
    response_description="It is taken, whether or not there is such a link.",
    responses={
        HTTPStatus.ACCEPTED.value: answer_like("taken", {}),
        **refusals("rate-limited", *BODY_REFUSALS, *_ALWAYS),
    },
)
async def report_abuse(
    wanted: Annotated[NewReport, Body(openapi_examples=COMPLAINT_EXAMPLES)],
    request: Request,
) -> Thanks:
    """Say that a link leads to something bad; the server's admins will look at it.

    No key is needed, and no `Idempotency-Key` is heeded: a complaint that is sent again
    stands in the list again. Where very many wait, further ones are dropped.
    """
    context = context_of(request)
    await take_complaint(
        wanted.complaint(), reports=context.abuse_reports, context=context.links
    )
    return Thanks()


@router.get(
    "",
    operation_id="list_abuse_reports",
    summary="List complaints about links",
    response_description="The complaints, the newest first.",
    responses=list_answers(REPORT_EXAMPLE),
    openapi_extra=documented(_OF_LIST) | needs(KeyScope.ADMIN),
)
async def list_abuse_reports(request: Request) -> ReportList:
    """List what visitors have reported. Addresses of visitors are not kept."""
    context, values = context_of(request), values_of(request, _OF_LIST)
    wanted = values.get("state", ReportState)
    states = frozenset(state for state in ReportState if state in wanted)
    of = ",".join(sorted(states))
    limit = page_limit(values)
    before = [decode_id_cursor(text, of) for text in values.get("cursor", [])]
    found = await context.abuse_reports.page(
        states, before_id=before[0] if before else None, limit=limit + 1
    )
    shown, last = page_of(found, limit)
    return ReportList(
        data=[ReportView.of(one, base_url=context.base_url) for one in shown],
        next_cursor=encode_cursor(last.id, of) if last else None,
    )


@router.patch(
    "/{id}",
    operation_id="judge_abuse_report",
    summary="Confirm or dismiss a complaint",
    response_description="The complaint as it is now.",
    responses={
        HTTPStatus.OK.value: answer_like("report", REPORT_EXAMPLE),
        **refusals(*KEY_REFUSALS, "abuse-report-not-found", *BODY_REFUSALS, *_ALWAYS),
    },
    openapi_extra=needs(KeyScope.ADMIN),
)
async def judge_abuse_report(
    id: Annotated[str, Path(description="The report's id.", examples=[REPORT_ID])],  # noqa: A002 - the name in the path
    wanted: Annotated[Judgement, Body(openapi_examples=JUDGEMENT_EXAMPLES)],
    request: Request,
) -> ReportView:
    """Confirm a complaint, which puts its link in quarantine, or dismiss it."""
    context = context_of(request)
    report = await judge_report(
        id,
        wanted.state,
        by=cause_of(request),
        reports=context.abuse_reports,
        context=context.links,
    )
    await context.relay.flushed()
    return ReportView.of(report, base_url=context.base_url)
