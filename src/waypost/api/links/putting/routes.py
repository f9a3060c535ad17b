"""The route that puts a link."""

from functools import partial
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Body, Request, Response

from waypost.api import idempotency_key as repeats
from waypost.api.access.guard import (
    KEY_REFUSALS,
    DomainRoute,
    bound_in,
    cause_of,
    needs,
)
from waypost.api.context import ApiContext, context_of
from waypost.api.documents.openapi import (
    NEW_LINK_EXAMPLES,
    Document,
    refusals,
    versioned_link_answer,
)
from waypost.api.faults.parameters import WrongParameters
from waypost.api.links.bodies import LinkView
from waypost.api.links.etags import versions_in
from waypost.api.links.putting.bodies import WholeLink
from waypost.api.links.routes import Code, IfMatch, link_answer, made_answer
from waypost.api.links.shown.outdated import outdated
from waypost.api.repeats.once import Once, answered
from waypost.domain.access.scopes import KeyScope
from waypost.domain.errors import LinkChangedMeanwhile
from waypost.http.problems import parameter
from waypost.http.statuses import (
    BODY_REFUSALS,
    INVALID_REQUEST,
    STORE_REFUSALS,
    TARGET_REFUSALS,
)
from waypost.services.puts.put import (
    PutLink,
    PutTerms,
    password_before,
    put_link,
)

_PREFIX: Final = "/api/v1/links"
_HEADERS: Final[Document] = {
    "parameters": [
        repeats.PARAMETER,
        {
            "name": "If-None-Match",
            "in": "header",
            "required": False,
            "description": "`*`: only a new link is made, and none is replaced.",
            "schema": {"type": "string", "examples": ["*"]},
        },
    ]
}

router = APIRouter(prefix=_PREFIX, tags=["links"], route_class=DomainRoute)


@router.put(
    "/{code}",
    operation_id="put_link",
    summary="Make a link as it shall be",
    response_description="The link as it is now.",
    responses={
        HTTPStatus.CREATED.value: {"model": LinkView, **versioned_link_answer()},
        HTTPStatus.OK.value: versioned_link_answer(),
        **refusals(
            *KEY_REFUSALS,
            "link-not-found",
            "link-deleted",
            "utm-template-not-found",
            "code-taken",
            "external-id-taken",
            "invalid-code",
            "reserved-code",
            "precondition-failed",
            "option-conflict",
            "invalid-rules",
            "codes-exhausted",
            "feature-off",
            *repeats.REFUSALS,
            *BODY_REFUSALS,
            *TARGET_REFUSALS,
            "internal-error",
            *STORE_REFUSALS,
        ),
    },
    response_model=LinkView,
    openapi_extra=needs(KeyScope.LINKS_WRITE) | _HEADERS,
)
async def put(
    code: Code,
    wanted: Annotated[WholeLink, Body(openapi_examples=NEW_LINK_EXAMPLES)],
    request: Request,
    if_match: IfMatch = None,
) -> Response:
    """Make a link that is called so (201), or replace the one that there is (200).

    What the body leaves out has its default; a code stays, or is made. Sent again, it
    changes nothing: for files and programs that say which links there shall be. By
    `If-Match` a link is replaced only in the version that you have read, by
    `If-None-Match: *` none is. Who made the link, its clicks and its history stay.
    """
    terms = PutTerms(
        versions_in(if_match),
        creates_only=_creates_only(request),
        bound=bound_in(request),
    )
    return await answered(request, partial(_put, code, wanted, terms, request))


async def _put(
    code: str, wanted: WholeLink, terms: PutTerms, request: Request, once: Once | None
) -> Response:
    context = context_of(request)
    if wanted.password is not None:
        before = await password_before(code, context=context.links)
        await wanted.hash_password(context.links.passwords, before=before)
    if wanted.utm_template is not None:
        await context.links.templates.read()
    try:
        put = await put_link(
            code,
            wanted.wanted(),
            terms,
            by=cause_of(request),
            context=context.links,
            answer_of=once and (lambda put: once.keeping(_answer(put, context))),
        )
    except LinkChangedMeanwhile:
        raise await outdated(code, frozenset(), request) from None
    # Other processes may remember another version, or that no link has this code.
    await context.relay.flushed()
    return _answer(put, context)


def _answer(put: PutLink, context: ApiContext) -> Response:
    answer = made_answer if put.is_new else link_answer
    return answer(put.counted, context)


def _creates_only(request: Request) -> bool:
    """Return whether no link may be replaced: `If-None-Match: *`.

    Raises:
        WrongParameters: The header is something else.
    """
    if_none_match = request.headers.get("If-None-Match")
    if if_none_match is None:
        return False
    if if_none_match.strip() == "*":
        return True
    message = "This is * here: versions are named by If-Match."
    raise WrongParameters(INVALID_REQUEST, [parameter("If-None-Match", message)])
