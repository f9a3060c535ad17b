"""`/api/v1/links/{code}/quarantine`: stop visitors of a link, or warn them."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Body, Request, Response

from waypost.api.access.guard import DomainRoute, cause_of, needs
from waypost.api.context import context_of
from waypost.api.links.bodies import LinkView
from waypost.api.links.etags import versions_in
from waypost.api.links.quarantine_bodies import QUARANTINE_EXAMPLES, NewQuarantine
from waypost.api.links.routes import (
    OF_CHANGES,
    Code,
    IfMatch,
    answers,
    view_of,
)
from waypost.api.links.shown.outdated import key_in, outdated
from waypost.domain.abuse.quarantine import Quarantine
from waypost.domain.access.scopes import KeyScope
from waypost.domain.errors import LinkChangedMeanwhile
from waypost.http.statuses import BODY_REFUSALS
from waypost.services.abuse.quarantining import quarantine_link

router = APIRouter(prefix="/api/v1/links", tags=["links"], route_class=DomainRoute)


@router.put(
    "/{code}/quarantine",
    operation_id="quarantine_link",
    summary="Put a link in quarantine",
    response_description="The link as it is now.",
    responses=answers(HTTPStatus.OK, *OF_CHANGES, *BODY_REFUSALS, "option-conflict"),
    openapi_extra=needs(KeyScope.ADMIN),
)
async def quarantine(
    code: Code,
    wanted: Annotated[NewQuarantine, Body(openapi_examples=QUARANTINE_EXAMPLES)],
    request: Request,
    response: Response,
    if_match: IfMatch = None,
) -> LinkView:
    """Stop visitors of a link that may be dangerous, or warn them.

    Its editors cannot undo it. Every server applies it within a tenth of a second.
    """
    context = context_of(request)
    new = wanted.quarantine(since=context.links.clock.now())
    return await _quarantined(code, new, if_match, request, response)


@router.delete(
    "/{code}/quarantine",
    operation_id="release_link",
    summary="Release a link from quarantine",
    response_description="The link as it is now.",
    responses=answers(HTTPStatus.OK, *OF_CHANGES),
    openapi_extra=needs(KeyScope.ADMIN),
)
async def release(
    code: Code, request: Request, response: Response, if_match: IfMatch = None
) -> LinkView:
    """End the quarantine of a link, which then does what is set on it."""
    return await _quarantined(code, None, if_match, request, response)


async def _quarantined(
    name: str,
    new: Quarantine | None,
    if_match: str | None,
    request: Request,
    response: Response,
) -> LinkView:
    context, tagged = context_of(request), versions_in(if_match)
    try:
        counted = await quarantine_link(
            await key_in(name, request),
            new,
            versions=tagged,
            by=cause_of(request),
            context=context.links,
        )
    except LinkChangedMeanwhile:
        raise await outdated(name, tagged, request) from None
    await context.relay.flushed()
    return view_of(counted, context, response)
