"""Routes that list what was changed: everything, and one link."""

from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Request, Response

from waypost.api.access.guard import (
    KEY_REFUSALS,
    DomainRoute,
    GuardedRoute,
    bound_in,
    needs,
)
from waypost.api.audit.bodies import ENTRIES, AuditList, page_text
from waypost.api.audit.queries import (
    HISTORY,
    LIST,
    AuditQuery,
    audit_query,
    history_query,
)
from waypost.api.context import context_of
from waypost.api.documents.openapi import (
    CODE_EXAMPLE,
    Responses,
    answer_like,
    refusals,
)
from waypost.api.reports.parameters import documented
from waypost.domain.access.scopes import KeyScope
from waypost.domain.errors import LinkNotFound
from waypost.http.headers import JSON
from waypost.http.statuses import STORE_REFUSALS
from waypost.services.audit.links import resource_of
from waypost.services.audit.pages import list_entries
from waypost.services.links.names import key_named
from waypost.services.links.stats import find

_REFUSALS: Final = (
    *KEY_REFUSALS,
    "unknown-parameter",
    "invalid-request",
    "invalid-cursor",
    "internal-error",
    *STORE_REFUSALS,
)

router = APIRouter(prefix="/api/v1", tags=["audit"], route_class=GuardedRoute)
history = APIRouter(prefix="/api/v1", tags=["audit"], route_class=DomainRoute)


def _answers(*codes: str) -> Responses:
    return {
        HTTPStatus.OK.value: answer_like("list", ENTRIES),
        **refusals(*_REFUSALS, *codes),
    }


@router.get(
    "/audit",
    operation_id="list_audit",
    summary="List who has changed what",
    response_description="Changes, newest first.",
    response_model=AuditList,
    responses=_answers("invalid-range"),
    openapi_extra=documented(LIST) | needs(KeyScope.ADMIN),
)
async def list_audit(request: Request) -> Response:
    """List every change that was made over the API, by a command or by a server.

    An entry is stored together with its change: there is none without the other. It
    holds what differs, no address of a client, and of secrets only that they have
    changed.
    """
    now = context_of(request).links.clock.now()
    return await _page(request, audit_query(request, now=now))


@history.get(
    "/links/{code}/history",
    operation_id="list_history",
    summary="List the changes of a link",
    response_description="Its changes, newest first.",
    response_model=AuditList,
    responses=_answers("link-not-found"),
    openapi_extra=documented(HISTORY) | needs(KeyScope.LINKS_READ),
)
async def list_history(
    code: Annotated[
        str,
        Path(
            description="The short code, or the id as `id:1001`.",
            examples=[CODE_EXAMPLE],
        ),
    ],
    request: Request,
) -> Response:
    """List who changed a link, when, and what. Deleted links have a history, too.

    To undo a change, send its `before` as a change of the link.
    """
    links = context_of(request).links
    key = await key_named(code, storage=links.storage, table=links.domains.table)
    counted, bound = await find(key, links=links.storage.links), bound_in(request)
    if bound is not None and counted.link.domain not in bound:
        raise LinkNotFound
    resource = resource_of(counted.link.id)
    return await _page(request, history_query(request, resource=resource))


async def _page(request: Request, query: AuditQuery) -> Response:
    context = context_of(request)
    answer = await list_entries(
        query.wanted, cursor=query.cursor, limit=query.limit, trail=context.audit
    )
    response = Response(page_text(answer.entries, answer.next_cursor), media_type=JSON)
    if answer.next_cursor is not None:
        asked = request.query_params.multi_items()
        kept = [(name, value) for name, value in asked if name != "cursor"]
        following = urlencode([*kept, ("cursor", answer.next_cursor)])
        url = f"{context.base_url}{request.url.path}?{following}"
        response.headers["Link"] = f'<{url}>; rel="next"'
    return response
