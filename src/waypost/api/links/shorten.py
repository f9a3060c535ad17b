"""The route that makes links."""

from functools import partial
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Body, Request, Response

from waypost.api import idempotency_key as repeats
from waypost.api.access.guard import KEY_REFUSALS, asking, cause_of, check_host, needs
from waypost.api.context import ApiContext, context_of
from waypost.api.direct import DirectRoute
from waypost.api.documents.openapi import (
    SHORTEN_EXAMPLES,
    Responses,
    link_answer,
    refusals,
)
from waypost.api.links.plain.bodies import LinkBody, ShortenRequest
from waypost.api.repeats.once import Once, answered
from waypost.domain.access.scopes import KeyScope
from waypost.domain.codes import check_narrow_code
from waypost.domain.errors import DomainError
from waypost.domain.judging.findings import Findings
from waypost.domain.links import Link
from waypost.http.statuses import BODY_REFUSALS, STORE_REFUSALS, TARGET_REFUSALS
from waypost.services.links.create import Draft, LinkCreation, drafted, store_draft

_SHORTEN_ANSWERS: Final[Responses] = {
    HTTPStatus.CREATED.value: link_answer(clicks=0),
    **refusals(
        *KEY_REFUSALS,
        *BODY_REFUSALS,
        *repeats.REFUSALS,
        "code-taken",
        "invalid-code",
        "reserved-code",
        *TARGET_REFUSALS,
        "internal-error",
        *STORE_REFUSALS,
        "codes-exhausted",
    ),
}

router = APIRouter(prefix="/api", tags=["links"], route_class=DirectRoute)


@router.post(
    "/shorten",
    operation_id="shorten",
    summary="Shorten a URL",
    status_code=HTTPStatus.CREATED,
    response_description="The new link. The header `Location` is its short URL.",
    response_model=LinkBody,
    responses=_SHORTEN_ANSWERS,
    openapi_extra=needs(KeyScope.LINKS_CREATE) | repeats.DOCUMENTED,
)
async def shorten(
    wanted: Annotated[ShortenRequest, Body(openapi_examples=SHORTEN_EXAMPLES)],
    request: Request,
) -> Response:
    """Make a short link to a URL, under a code of your choice or a new one.

    The URL stays as you write it, unless a browser would send something else. The
    same URL may be shortened many times; each time makes a link of its own.
    """
    return await answered(request, partial(_shorten, wanted, request))


async def _shorten(
    wanted: ShortenRequest, request: Request, once: Once | None
) -> Response:
    context = context_of(request)
    check_host(asking(request), context.access.default_domain)
    link = await store_draft(
        _drafted(wanted, context),
        by=cause_of(request),
        context=context.links,
        answer_of=once and (lambda link: once.keeping(_answer(link, context))),
    )
    if wanted.custom_code is not None:
        # Other processes may have cached that no link had this code.
        await context.relay.flushed()
    return _answer(link, context)


def _drafted(wanted: ShortenRequest, context: ApiContext) -> Draft:
    """Return the link that is *wanted*, or refuse all that is wrong with it."""
    code = wanted.custom_code
    try:
        if code is not None:
            check_narrow_code(code)
        return drafted(LinkCreation(url=wanted.url, code=code), context=context.links)
    except DomainError as error:
        found = Findings()
        found.add(wanted.wrong(context.links))
        raise found.refusal(error) from None


def _answer(link: Link, context: ApiContext) -> Response:
    body = LinkBody.of(link, clicks=0, base_url=context.base_url)
    # Encoded here, because FastAPI would validate our own answer once more.
    return Response(
        body.model_dump_json(),
        status_code=HTTPStatus.CREATED,
        headers={"Location": body.short_url},
        media_type="application/json",
    )
