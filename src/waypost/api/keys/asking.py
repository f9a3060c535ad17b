"""Routes that answer who is asking, and what this server is."""

from http import HTTPStatus
from importlib.metadata import version
from typing import Final

from fastapi import APIRouter, Request

from waypost.api.access.guard import GuardedRoute, needs, principal_of
from waypost.api.bulk.routes import MAX_ITEMS
from waypost.api.context import context_of
from waypost.api.documents.openapi import answer_like, refusals
from waypost.api.keys.bodies import Features, Limits, MeBody, ServerBody
from waypost.api.keys.examples import ME, SERVER
from waypost.api.late.route import LateRoute
from waypost.http.bodies import MAX_BODY_BYTES
from waypost.http.problems import ERRORS_PAGE
from waypost.http.statuses import STORE_REFUSALS

_PREFIX: Final = "/api/v1"

router = APIRouter(tags=["keys"], route_class=LateRoute)


@router.get(
    f"{_PREFIX}/",
    operation_id="server",
    summary="Read what this server is and can",
    response_description="Its version, features and limits.",
    responses={
        HTTPStatus.OK.value: answer_like("server", SERVER),
        **refusals("internal-error"),
    },
)
async def server(request: Request) -> ServerBody:
    """Return what a client needs to know before its first call. Needs no key."""
    context = context_of(request)
    return ServerBody(
        product="waypost",
        version=version("waypost"),
        api="v1",
        time=context.access.keys.clock.now().replace(microsecond=0),
        docs=ERRORS_PAGE,
        features=Features(
            reports=context.reports is not None,
            public_creation=context.access.is_creation_public,
        ),
        limits=Limits(body_bytes=MAX_BODY_BYTES, bulk_items=MAX_ITEMS),
    )


guarded = APIRouter(prefix=_PREFIX, tags=["keys"], route_class=GuardedRoute)


@guarded.get(
    "/me",
    operation_id="me",
    summary="Read who is asking",
    response_description="The key that was sent, and what it permits.",
    responses={
        HTTPStatus.OK.value: answer_like("me", ME),
        **refusals(
            "not-authenticated",
            "key-inactive",
            "rate-limited",
            "query-too-long",
            "internal-error",
            *STORE_REFUSALS,
        ),
    },
    openapi_extra=needs(None),
)
async def me(request: Request) -> MeBody:
    """Return what the key permits, without its secret."""
    return MeBody.of(principal_of(request))
