"""The route that sends clicks as they come."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated

from fastapi import APIRouter, Header, Request, Response

from waypost.api.access.guard import (
    DomainRoute,
    needs,
    principal_anew,
    principal_of,
)
from waypost.api.context import ApiContext, context_of
from waypost.api.reports.events import CONTENT_TYPE, Events, cursor_of
from waypost.api.reports.examples import EVENTS
from waypost.api.reports.parameters import LIVE, documented
from waypost.api.reports.queries import ReportQuery
from waypost.api.reports.routes import REFUSALS
from waypost.api.reports.stream_answer import StreamAnswer, stream_answers
from waypost.domain.access.scopes import KeyScope
from waypost.domain.errors import BackendUnavailable, KeyInactive, NotAuthenticated
from waypost.services.reports.link_names import KnownLinks
from waypost.services.reports.live import live

router = APIRouter(prefix="/api/v1", tags=["reports"], route_class=DomainRoute)


@router.get(
    "/reports/live",
    operation_id="report_live",
    summary="Watch clicks as they come",
    response_description="Events, until one side closes the connection.",
    response_class=Response,
    responses=stream_answers({CONTENT_TYPE: EVENTS}, *REFUSALS, "range-too-large"),
    openapi_extra=documented(LIVE) | needs(KeyScope.REPORTS_READ),
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
    seconds without an event a comment is sent. The stream ends with the next of them
    once the key is revoked, has expired or permits something else.
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
        _while_permitted(events.written(), request, context),
        limit=context.streams.live,
        media_type=CONTENT_TYPE,
        # For proxies that would collect the events, such as nginx.
        headers={"X-Accel-Buffering": "no"},
    )


async def _while_permitted(
    events: AsyncGenerator[bytes], request: Request, context: ApiContext
) -> AsyncGenerator[bytes]:
    """Yield *events* until the server stops, or its store does not answer.

    Or until the key of *request* is not what it was.

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
                if not await _is_permitted(request):
                    return
                yield event
        except BackendUnavailable:
            return


async def _is_permitted(request: Request) -> bool:
    try:
        return await principal_anew(request) == principal_of(request)
    except (KeyInactive, NotAuthenticated):
        return False
