"""Routes that read one link and change it, without losing anybody's change."""

from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Body, Header, Path, Request, Response
from starlette.exceptions import HTTPException

from waypost.api.authorisation import AsAdmin
from waypost.api.context import context_of
from waypost.api.documents.openapi import (
    CHANGE_EXAMPLES,
    CODE_EXAMPLE,
    ETAG_EXAMPLE,
    Responses,
    refusals,
    versioned_link_answer,
)
from waypost.api.links.bodies import ChangeRequest, VersionedLinkBody
from waypost.api.links.etags import etag, versions_in
from waypost.domain.codes import may_be_code
from waypost.domain.errors import LinkChangedMeanwhile, LinkNotFound
from waypost.http.statuses import STORE_REFUSALS, TARGET_REFUSALS
from waypost.services.links.edit import change_target
from waypost.services.links.stats import find

_READ_ANSWERS: Final[Responses] = {
    HTTPStatus.OK.value: versioned_link_answer(),
    **refusals("link-not-found", "internal-error", *STORE_REFUSALS),
}
_CHANGE_ANSWERS: Final[Responses] = {
    HTTPStatus.OK.value: versioned_link_answer(),
    **refusals(
        "malformed-json",
        "not-authenticated",
        "changes-disabled",
        "link-not-found",
        "request-timeout",
        "link-changed",
        "precondition-failed",
        "body-too-large",
        "unsupported-media-type",
        "invalid-request",
        "unknown-field",
        *TARGET_REFUSALS,
        "internal-error",
        *STORE_REFUSALS,
    ),
}

Code = Annotated[str, Path(description="The short code.", examples=[CODE_EXAMPLE])]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="The `ETag` of the link that you have read: if the link has "
        "changed since, nothing is changed.",
        examples=[ETAG_EXAMPLE],
    ),
]

router = APIRouter(prefix="/api/v1/links", tags=["links"])


@router.get(
    "/{code}",
    operation_id="read_link",
    summary="Read a link",
    response_description="The link, with the clicks that are counted so far.",
    responses=_READ_ANSWERS,
)
async def read_link(
    code: Code, request: Request, response: Response
) -> VersionedLinkBody:
    """Return a link with its version, which is also its `ETag`."""
    if not may_be_code(code):
        raise LinkNotFound
    context = context_of(request)
    counted = await find(code, links=context.storage.links)
    response.headers["ETag"] = etag(counted.link.version)
    return VersionedLinkBody.of(
        counted.link, clicks=counted.clicks, base_url=context.base_url
    )


@router.patch(
    "/{code}",
    operation_id="change_link",
    summary="Change where a link leads",
    response_description="The link as it is now.",
    responses=_CHANGE_ANSWERS,
    dependencies=[AsAdmin],
)
async def change_link(
    code: Code,
    wanted: Annotated[ChangeRequest, Body(openapi_examples=CHANGE_EXAMPLES)],
    request: Request,
    response: Response,
    if_match: IfMatch = None,
) -> VersionedLinkBody:
    """Let a short link lead elsewhere, and return it in its new version.

    Say which version you have read, by `If-Match` or in the body, and nobody's change
    is lost: you are refused if somebody else was faster. Without either, the last
    change wins. Every server knows the new target a tenth of a second later.
    """
    if not may_be_code(code):
        raise LinkNotFound
    context = context_of(request)
    tagged = versions_in(if_match)
    try:
        counted = await change_target(
            code,
            wanted.url,
            versions=_expected(wanted.version, tagged),
            storage=context.storage,
            policy=context.policy,
            hosts=context.hosts,
            clock=context.clock,
            nudge=context.relay.nudge,
        )
    except LinkChangedMeanwhile:
        if tagged is None:
            raise
        raise HTTPException(HTTPStatus.PRECONDITION_FAILED) from None
    await context.relay.flushed()
    response.headers["ETag"] = etag(counted.link.version)
    return VersionedLinkBody.of(
        counted.link, clicks=counted.clicks, base_url=context.base_url
    )


def _expected(
    version: int | None, tagged: frozenset[int] | None
) -> frozenset[int] | None:
    """Return the versions that both conditions allow; None: any."""
    if version is None:
        return tagged
    told = frozenset({version})
    return told if tagged is None else told & tagged
