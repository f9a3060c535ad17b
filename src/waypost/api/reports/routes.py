"""Routes that report on clicks."""

import asyncio
from collections.abc import Callable, Iterable
from functools import partial
from http import HTTPStatus
from typing import Final

import msgspec
from fastapi import APIRouter, Request, Response

from waypost.api.access.guard import KEY_REFUSALS, DomainRoute, needs
from waypost.api.documents.openapi import Document, Responses, answer_like, refusals
from waypost.api.reports.bodies import (
    BreakdownBody,
    Fields,
    SeriesBody,
    TotalsBody,
    breakdown_body,
    series_body,
    totals_body,
)
from waypost.api.reports.click_bodies import ClickListBody, click_list_body
from waypost.api.reports.examples import BREAKDOWN, CLICKS, SERIES, TOTALS
from waypost.api.reports.names import names
from waypost.api.reports.parameters import (
    BY,
    COMPARE,
    INTERVAL,
    LINES,
    LISTING,
    PAGE,
    SUBJECT,
    documented,
)
from waypost.api.reports.queries import ReportQuery
from waypost.domain.access.scopes import KeyScope
from waypost.http.statuses import STORE_REFUSALS
from waypost.services.reports.asking import Key
from waypost.services.reports.breakdown import breakdown
from waypost.services.reports.clicks import click_page
from waypost.services.reports.link_names import KnownLinks
from waypost.services.reports.series import series
from waypost.services.reports.totals import totals

REFUSALS: Final = (
    *KEY_REFUSALS,
    "feature-off",
    "unknown-parameter",
    "invalid-request",
    "unknown-zone",
    "link-not-found",
    "tag-not-found",
    "internal-error",
    *STORE_REFUSALS,
)
"""What every report may be refused with."""
_OF_PERIODS: Final = ("invalid-range", "range-too-large")
_TOTALS: Final = (*SUBJECT, COMPARE)
_SERIES: Final = (*SUBJECT, *INTERVAL, LINES, COMPARE)
_BREAKDOWN: Final = (*SUBJECT, BY, *LISTING, COMPARE)
_CLICKS: Final = (*SUBJECT, *PAGE)

router = APIRouter(prefix="/api/v1/reports", tags=["reports"], route_class=DomainRoute)


def _answers(example: Document, *codes: str) -> Responses:
    return {
        HTTPStatus.OK.value: answer_like("report", example),
        **refusals(*REFUSALS, *_OF_PERIODS, *codes),
    }


@router.get(
    "/totals",
    response_model=TotalsBody,
    operation_id="report_totals",
    summary="Count clicks and visitors of a period",
    response_description="The numbers.",
    responses=_answers(TOTALS),
    openapi_extra=documented(_TOTALS) | needs(KeyScope.REPORTS_READ),
)
async def report_totals(request: Request) -> Response:
    """Count the clicks of people and of programs, and visitors, each once a day.

    Without a link, those of all links. Parameters that are not listed are refused.
    """
    query = ReportQuery(request, _TOTALS)
    report = await totals(
        await query.subject(),
        is_compared=query.is_compared,
        store=query.reports.store,
    )
    return await _json(partial(totals_body, report))


@router.get(
    "/series",
    response_model=SeriesBody,
    operation_id="report_series",
    summary="Count clicks and visitors by minute, hour, day, week or month",
    response_description="The intervals, in order.",
    responses=_answers(SERIES),
    openapi_extra=documented(_SERIES) | needs(KeyScope.REPORTS_READ),
)
async def report_series(request: Request) -> Response:
    """Count by intervals of the zone's calendar, up to 2,000 of them.

    With `by` also for each of the ten values that have the most people. Of an interval
    that is not wholly inside of the period, only the part inside is counted.
    """
    query = ReportQuery(request, _SERIES)
    report = await series(
        await query.subject(),
        query.intervals(),
        is_compared=query.is_compared,
        by=query.by(),
        store=query.reports.store,
    )
    known = await _known(query, (line.key for line in report.lines or ()))
    name = names(query.by(), known)
    return await _json(partial(series_body, report, name=name))


@router.get(
    "/breakdown",
    response_model=BreakdownBody,
    operation_id="report_breakdown",
    summary="Count clicks and visitors by country, referrer, link, …",
    response_description="The values, in order.",
    responses=_answers(BREAKDOWN),
    openapi_extra=documented(_BREAKDOWN) | needs(KeyScope.REPORTS_READ),
)
async def report_breakdown(request: Request) -> Response:
    """Count by the values of one dimension; what is not listed is summed up.

    A value that is not known is null, and is counted like any other.
    """
    query = ReportQuery(request, _BREAKDOWN)
    by = query.required_by()
    report = await breakdown(
        await query.subject(),
        by,
        query.listing(),
        is_compared=query.is_compared,
        store=query.reports.store,
    )
    known = await _known(query, (row.key for row in report.rows))
    name = names(by, known)
    return await _json(partial(breakdown_body, report, by=by, name=name))


@router.get(
    "/clicks",
    response_model=ClickListBody,
    operation_id="report_clicks",
    summary="List single clicks",
    response_description="Clicks, newest first.",
    responses=_answers(CLICKS, "invalid-cursor"),
    openapi_extra=documented(_CLICKS) | needs(KeyScope.REPORTS_READ),
)
async def report_clicks(request: Request) -> Response:
    """List clicks, newest first, page by page, for as long as single ones are kept.

    No address is stored, so none is listed.
    """
    query = ReportQuery(request, _CLICKS)
    page = await click_page(
        await query.subject(),
        cursor=query.one("cursor"),
        limit=query.limit(100),
        store=query.reports.store,
    )
    known = await _known(query, (click.link_id for click in page.clicks))
    domain = query.reports.default_domain
    return await _json(partial(click_list_body, page, known, default_domain=domain))


async def _known(query: ReportQuery, keys: Iterable[Key]) -> KnownLinks:
    """Return the links among *keys*, looked up."""
    known = KnownLinks(query.reports.links)
    await known.load(key for key in keys if isinstance(key, int))
    return known


async def _json(make: Callable[[], Fields]) -> Response:
    """Return the answer with the body that *make* returns.

    Made and written in a thread: it may have thousands of points, and redirects must
    not wait for them.
    """
    text = await asyncio.to_thread(lambda: msgspec.json.encode(make()))
    return Response(text, media_type="application/json")
