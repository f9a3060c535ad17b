"""Routes that make links and report on them."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Body, Path, Request, Response

from waypost.api.context import context_of
from waypost.api.errors import STATUSES
from waypost.api.openapi import (
    CODE_EXAMPLE,
    SHORTEN_EXAMPLES,
    Responses,
    link_answer,
    refusals,
)
from waypost.api.schemas import LinkBody, ShortenRequest
from waypost.domain.codes import may_be_code
from waypost.domain.errors import InvalidTarget, LinkNotFound
from waypost.services.report import stats
from waypost.services.shorten import shorten

_SHORTEN_ANSWERS: Final[Responses] = {
    HTTPStatus.CREATED.value: link_answer(clicks=0),
    **refusals(
        "malformed-json",
        "request-timeout",
        "code-taken",
        "body-too-large",
        "unsupported-media-type",
        "invalid-request",
        "invalid-code",
        "reserved-code",
        *(error.code for error in STATUSES if error.__base__ is InvalidTarget),
        "internal-error",
        "backend-unavailable",
        "codes-exhausted",
    ),
}
_STATS_ANSWERS: Final[Responses] = {
    HTTPStatus.OK.value: link_answer(clicks=1204),
    **refusals("link-not-found", "internal-error", "backend-unavailable"),
}

router = APIRouter(prefix="/api", tags=["links"])


@router.post(
    "/shorten",
    operation_id="shorten",
    summary="Shorten a URL",
    status_code=HTTPStatus.CREATED,
    response_description="The new link. The header `Location` is its short URL.",
    response_model=LinkBody,
    responses=_SHORTEN_ANSWERS,
)
async def create_link(
    wanted: Annotated[ShortenRequest, Body(openapi_examples=SHORTEN_EXAMPLES)],
    request: Request,
) -> Response:
    """Make a short link to a URL, under a code of your choice or a new one.

    The URL is brought to its normal form first. The same URL may be shortened
    many times; each time makes a link of its own.
    """
    context = context_of(request)
    async with context.storage.transaction() as transaction:
        link = await shorten(
            wanted.url,
            custom_code=wanted.custom_code,
            transaction=transaction,
            allocator=context.allocator,
            policy=context.policy,
            hosts=context.hosts,
            clock=context.clock,
            forget=context.forget,
        )
    # Committed: only from here on may anybody be told that the link exists.
    kind = "generated" if wanted.custom_code is None else "custom"
    context.metrics.links_created.labels(kind).inc()
    body = LinkBody.of(link, clicks=0, base_url=context.base_url)
    # Encoded here, because FastAPI would validate our own answer once more.
    return Response(
        body.model_dump_json(),
        status_code=HTTPStatus.CREATED,
        headers={"Location": body.short_url},
        media_type="application/json",
    )


@router.get(
    "/stats/{code}",
    operation_id="stats",
    summary="Count a link's clicks",
    response_description="The link, with every click up to this moment.",
    responses=_STATS_ANSWERS,
)
async def link_stats(
    code: Annotated[str, Path(description="The short code.", examples=[CODE_EXAMPLE])],
    request: Request,
) -> LinkBody:
    """Return a link with its clicks, including those of a moment ago."""
    if not may_be_code(code):
        raise LinkNotFound
    context = context_of(request)
    counted = await stats(code, links=context.storage.links, pending=context.pending)
    return LinkBody.of(counted.link, clicks=counted.clicks, base_url=context.base_url)
