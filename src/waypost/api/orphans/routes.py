"""Routes that list and delete visits which belong to no link."""

from http import HTTPStatus
from typing import Final

from fastapi import APIRouter, Request

from waypost.api.access.guard import (
    KEY_REFUSALS,
    DomainRoute,
    GuardedRoute,
    cause_of,
    needs,
)
from waypost.api.documents.openapi import answer_like, refusals
from waypost.api.orphans.bodies import (
    DELETED_VISITS,
    UNKNOWN_CODES,
    DeletedVisitsBody,
    UnknownCodesBody,
    clicks_body,
    list_body,
)
from waypost.api.orphans.queries import DELETE, LIST, UnknownCodesQuery
from waypost.api.reports.parameters import documented
from waypost.domain.access.scopes import KeyScope
from waypost.domain.analytics.orphans import OrphanQuery
from waypost.domain.audit.entries import Action, Resource
from waypost.http.statuses import STORE_REFUSALS
from waypost.services.analytics.unknown_codes import unknown_codes
from waypost.services.audit.work import note_work

_REFUSALS: Final = (
    *KEY_REFUSALS,
    "feature-off",
    "unknown-parameter",
    "invalid-request",
    "invalid-range",
    "internal-error",
    *STORE_REFUSALS,
)

_PREFIX: Final = "/api/v1/unknown-codes"
router = APIRouter(prefix=_PREFIX, tags=["reports"], route_class=GuardedRoute)
readers = APIRouter(prefix=_PREFIX, tags=["reports"], route_class=DomainRoute)


@readers.get(
    "",
    operation_id="list_unknown_codes",
    summary="List visits that belong to no link",
    response_description="What was asked for, in order.",
    responses={
        HTTPStatus.OK.value: answer_like("list", UNKNOWN_CODES),
        **refusals(*_REFUSALS, "invalid-cursor"),
    },
    openapi_extra=documented(LIST) | needs(KeyScope.REPORTS_READ),
)
async def list_unknown_codes(request: Request) -> UnknownCodesBody:
    """List mistyped codes, other paths and the base URL, as visitors asked for them.

    Visits are kept by code and UTC day, some seconds late; `HEAD`, and files that
    browsers ask for by themselves, are no visits. Where there are too many different
    codes, those that people visit least are counted together.
    """
    query = UnknownCodesQuery(request, LIST)
    context = query.context
    found = await unknown_codes(
        query.query(),
        order=query.order,
        cursor=query.one("cursor"),
        limit=query.limit(),
        store=query.store,
        links=context.links.storage.links,
    )
    return list_body(found, table=context.links.domains.table)


@router.delete(
    "",
    operation_id="delete_unknown_codes",
    summary="Delete visits that belong to no link",
    response_description="They are deleted.",
    responses={
        HTTPStatus.OK.value: answer_like("deleted", DELETED_VISITS),
        **refusals(*_REFUSALS),
    },
    openapi_extra=documented(DELETE) | needs(KeyScope.ADMIN),
)
async def delete_unknown_codes(request: Request) -> DeletedVisitsBody:
    """Delete what is kept of visits without a link; all of it, without a parameter."""
    query = UnknownCodesQuery(request, DELETE)
    before_day, links = query.before_day(), query.context.links
    await note_work(
        Action.UNKNOWN_CODES_DELETED,
        Resource("unknown_codes"),
        what={"kinds": sorted(query.kinds), "to": query.one("to")},
        by=cause_of(request),
        storage=links.storage,
        clock=links.clock,
    )
    if query.context.is_dry_run:
        meant = OrphanQuery(kinds=query.kinds, end_day=before_day)
        return DeletedVisitsBody(clicks=clicks_body(await query.store.numbers(meant)))
    deleted = await query.store.delete(kinds=query.kinds, before_day=before_day)
    return DeletedVisitsBody(clicks=clicks_body(deleted))
