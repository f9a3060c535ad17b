"""Routes that send clicks for as long as there are some: live, and as an export."""

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Header, Request, Response

from waypost.api.authorisation import AsAdmin
from waypost.api.context import ApiContext, context_of
from waypost.api.documents.openapi import Responses, refusals
from waypost.api.reports import exports
from waypost.api.reports.events import CONTENT_TYPE, Events, cursor_of
from waypost.api.reports.examples import CSV, EVENTS, JSON_LINES
from waypost.api.reports.parameters import FORMAT, LIVE, SUBJECT, documented
from waypost.api.reports.queries import ReportQuery
from waypost.api.reports.routes import REFUSALS
from waypost.api.reports.stream_answer import StreamAnswer
from waypost.domain.errors import BackendUnavailable
from waypost.services.reports.asking import Subject
from waypost.services.reports.clicks import all_clicks
from waypost.services.reports.link_names import KnownLinks
from waypost.services.reports.live import live

_EXPORT: Final = (*SUBJECT, FORMAT)
_EXPORTED: Final = {"text/csv": CSV, "application/jsonl": JSON_LINES}
_BATCH: Final = 500
"""Clicks that are written at a time, so that redirects need not wait for more."""

router = APIRouter(prefix="/api/v1", tags=["reports"])


def _answers(examples: Mapping[str, str], *codes: str) -> Responses:
    content = {
        content_type: {
            "schema": {"type": "string"},
            "examples": {"stream": {"value": example}},
        }
        for content_type, example in examples.items()
    }
    return {
        HTTPStatus.OK.value: {"content": content},
        **refusals(*REFUSALS, "too-many-streams", *codes),
    }


@router.get(
    "/reports/live",
    operation_id="report_live",
    summary="Watch clicks as they come",
    response_description="Events, until one side closes the connection.",
    response_class=Response,
    responses=_answers({CONTENT_TYPE: EVENTS}, "range-too-large"),
    openapi_extra=documented(LIVE),
    dependencies=[AsAdmin],
)
async def report_live(
    request: Request,
    last_event_id: Annotated[
        str | None,
        Header(
            alias="Last-Event-ID",
            description="The `id` of the last event that you have: those of up to five "
            "minutes ago are sent again.",
            examples=["1775117742118-1001-17-2041"],
        ),
    ] = None,
) -> Response:
    """Send server-sent events: `click` for each click, `totals` of today with them.

    Clicks come a second or two after their redirect, up to 200 a second. After fifteen
    seconds without an event a comment is sent.
    """
    context, query = context_of(request), ReportQuery(request, LIVE)
    today = await query.today()
    events = Events(
        live(
            today,
            after=cursor_of(last_event_id or ""),
            store=query.reports.store,
            clock=query.reports.clock,
        ),
        known=KnownLinks(query.reports.links),
        default_domain=query.reports.default_domain,
    )
    return await StreamAnswer.begin(
        _while_ready(events.written(), context),
        limit=context.streams.live,
        media_type=CONTENT_TYPE,
        # For proxies that would collect the events, such as nginx.
        headers={"X-Accel-Buffering": "no"},
    )


async def _while_ready(
    events: AsyncGenerator[bytes], context: ApiContext
) -> AsyncGenerator[bytes]:
    """Yield *events* until the server stops, or its store does not answer.

    Clients connect again, to another server if need be, and name their last event.

    Raises:
        BackendUnavailable: The server stops already, or its store does not answer.
    """
    async with aclosing(events):
        if not context.readiness.is_ready:
            raise BackendUnavailable
        yield await anext(events)
        try:
            async for event in events:
                if not context.readiness.is_ready:
                    return
                yield event
        except BackendUnavailable:
            return


@router.get(
    "/exports/clicks",
    operation_id="export_clicks",
    summary="Take single clicks away",
    response_description="All clicks of the period, oldest day first.",
    response_class=Response,
    responses=_answers(_EXPORTED, "invalid-range", "range-too-large"),
    openapi_extra=documented(_EXPORT),
    dependencies=[AsAdmin],
)
async def export_clicks(request: Request) -> Response:
    """Send every click of the period, as CSV or as JSON Lines.

    An export that ends early, because a store does not answer, is broken off: no
    complete answer lacks a click. Spreadsheets take some values for formulas, and
    visitors choose some of them: import the columns as text.
    """
    context, query = context_of(request), ReportQuery(request, _EXPORT)
    form = exports.FORMS[query.one("format") or exports.CSV]
    return await StreamAnswer.begin(
        _exported(query, await query.subject(), form),
        limit=context.streams.exports,
        media_type=form.content_type,
        headers={"Content-Disposition": f'attachment; filename="clicks.{form.ending}"'},
    )


async def _exported(
    query: ReportQuery, subject: Subject, form: exports.Form
) -> AsyncGenerator[bytes]:
    """Yield the clicks of *subject*, written in *form*."""
    known, head = KnownLinks(query.reports.links), form.head
    batches = all_clicks(subject, batch=_BATCH, store=query.reports.store)
    async with aclosing(batches):
        async for clicks in batches:
            await known.load(click.link_id for click in clicks)
            written = await asyncio.to_thread(
                form.write, clicks, known, query.reports.default_domain
            )
            yield head + written
            head = b""
    yield head
