"""Routes of links with all that can be set on them, under `/api/v1/links`."""

from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Body, Header, Path, Request, Response

from waypost.api import idempotency_key as repeats
from waypost.api.access.guard import (
    KEY_REFUSALS,
    DomainRoute,
    asking,
    cause_of,
    check_host,
    needs,
    require,
)
from waypost.api.access.own_links import owner_in
from waypost.api.context import ApiContext, context_of
from waypost.api.documents.openapi import (
    CHANGE_EXAMPLES,
    CODE_EXAMPLE,
    ETAG_EXAMPLE,
    NEW_LINK_EXAMPLES,
    Responses,
    refusals,
    versioned_link_answer,
)
from waypost.api.faults.parameters import WrongParameters
from waypost.api.links.bodies import LinkChanges, LinkView, NewLink
from waypost.api.links.etags import etag, versions_in
from waypost.api.links.shown.fields import DOCUMENTED as FIELDS
from waypost.api.links.shown.fields import fields_in, partial_answer
from waypost.api.links.shown.outdated import key_in, outdated
from waypost.api.repeats.once import Once, answered, keep
from waypost.domain.access.scopes import KeyScope
from waypost.domain.errors import LinkChangedMeanwhile
from waypost.domain.links import CountedLink, Link
from waypost.http.problems import in_body
from waypost.http.statuses import (
    BODY_REFUSALS,
    INVALID_REQUEST,
    STORE_REFUSALS,
    TARGET_REFUSALS,
)
from waypost.services.links.create import create_link
from waypost.services.links.edit import (
    delete_link,
    edit_link,
    restore_link,
)
from waypost.services.links.reuse import reusable
from waypost.services.links.stats import find
from waypost.services.puts.put import password_before

_ALWAYS: Final = ("internal-error", *STORE_REFUSALS)
_WITH_BODY: Final = (
    *BODY_REFUSALS,
    "option-conflict",
    "invalid-rules",
    "utm-template-not-found",
    "feature-off",
    *TARGET_REFUSALS,
)
OF_CHANGES: Final = (
    *KEY_REFUSALS,
    "link-not-found",
    "link-deleted",
    "link-changed",
    "precondition-failed",
    *_ALWAYS,
)
"""The refusals of changes to a link."""

Code = Annotated[
    str,
    Path(
        description="The short code, with another domain as `go.acme.com:spring`, the "
        "id as `id:1001`, or your own id as `ext:order-77`.",
        examples=[CODE_EXAMPLE],
    ),
]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="The `ETag` of the link that you have read: if the link has "
        "changed since, nothing is changed.",
        examples=[ETAG_EXAMPLE],
    ),
]

router = APIRouter(prefix="/api/v1/links", tags=["links"], route_class=DomainRoute)


def answers(status: HTTPStatus, *codes: str) -> Responses:
    """Return the answers of a route: a link with its version, or a refusal."""
    return {status.value: versioned_link_answer(), **refusals(*codes)}


@router.post(
    "",
    operation_id="create_link",
    summary="Make a link with options",
    status_code=HTTPStatus.CREATED,
    response_description="The new link.",
    responses={
        HTTPStatus.OK.value: {"model": LinkView, **versioned_link_answer()},
        **answers(
            HTTPStatus.CREATED,
            "code-taken",
            "external-id-taken",
            "invalid-code",
            "reserved-code",
            "codes-exhausted",
            *KEY_REFUSALS,
            *repeats.REFUSALS,
            *_WITH_BODY,
            *_ALWAYS,
        ),
    },
    response_model=LinkView,
    openapi_extra=needs(KeyScope.LINKS_CREATE) | repeats.DOCUMENTED,
)
async def create(
    wanted: Annotated[NewLink, Body(openapi_examples=NEW_LINK_EXAMPLES)],
    request: Request,
) -> Response:
    """Make a link, under a code of your choice or a new one.

    Only `url` is required. Moments are written as `2026-03-01T09:30:00Z`, or from now
    as `+30m`, `+2h`, `+7d`, `+4w`. With `reuse`, a link that there is already may be
    returned; of requests at the same moment, each may make one.
    """
    return await answered(request, partial(_create, wanted, request))


async def _create(wanted: NewLink, request: Request, once: Once | None) -> Response:
    context, owner = context_of(request), owner_in(request.scope)
    await wanted.hash_password(context.links.passwords)
    creation = replace(wanted.creation(), owner=owner)
    if creation.utm_template is not None:
        await context.links.templates.read()
    _check_domain(wanted, request)
    if wanted.reuse:
        await require(request, KeyScope.LINKS_READ)
        given = wanted.changes().keys()
        found = await reusable(creation, given=given, context=context.links)
        if found is not None:
            response = made_answer(found, context, HTTPStatus.OK)
            if once is not None:
                await keep(once.keeping(response), request)
            return response

    def made(link: Link) -> Response:
        counted = CountedLink(link=link, clicks=0)
        return made_answer(counted, context)

    link = await create_link(
        creation,
        by=cause_of(request),
        context=context.links,
        answer_of=once and (lambda link: once.keeping(made(link))),
    )
    if wanted.code is not None:
        # Other processes may remember that no link has this code.
        await context.relay.flushed()
    return made(link)


def made_answer(
    counted: CountedLink,
    context: ApiContext,
    status: HTTPStatus = HTTPStatus.CREATED,
) -> Response:
    """Return the answer that a link was made, or found."""
    response = link_answer(counted, context)
    response.status_code = status
    response.headers["Location"] = location_of(counted.link)
    return response


def link_answer(counted: CountedLink, context: ApiContext) -> Response:
    """Return the answer that shows a link."""
    response = Response(media_type="application/json")
    view = view_of(counted, context, response)
    # Encoded here, because FastAPI would validate our own answer once more.
    response.body = view.model_dump_json().encode()
    response.headers["Content-Length"] = str(len(response.body))
    return response


@router.get(
    "/{code}",
    operation_id="read_link",
    summary="Read a link",
    response_description="The link, with the clicks that are counted so far.",
    responses=answers(
        HTTPStatus.OK, *KEY_REFUSALS, "link-not-found", "invalid-request", *_ALWAYS
    ),
    response_model=LinkView,
    openapi_extra=needs(KeyScope.LINKS_READ) | FIELDS,
)
async def read(code: Code, request: Request, response: Response) -> LinkView | Response:
    """Return a link with all that is set on it. Its version is also its `ETag`.

    A deleted link is returned too, with `state` and `deleted_at`.
    """
    context = context_of(request)
    counted = await find(await key_in(code, request), links=context.links.storage.links)
    view, fields = view_of(counted, context, response), fields_in(request)
    return view if fields is None else partial_answer(view, fields, response)


@router.patch(
    "/{code}",
    operation_id="change_link",
    summary="Change a link",
    response_description="The link as it is now.",
    responses=answers(HTTPStatus.OK, "external-id-taken", *OF_CHANGES, *_WITH_BODY),
    openapi_extra=needs(KeyScope.LINKS_WRITE),
)
async def change(
    code: Code,
    wanted: Annotated[LinkChanges, Body(openapi_examples=CHANGE_EXAMPLES)],
    request: Request,
    response: Response,
    if_match: IfMatch = None,
) -> LinkView:
    """Change where a link leads, or what is set on it; null sets the default again.

    Say which version you have read, by `If-Match` or in the body, and no change is
    lost: you are refused if the link has changed since. Without either, the last
    change wins. Every server applies the change within a tenth of a second.
    """
    context, tagged = context_of(request), versions_in(if_match)
    if wanted.password is not None:
        before = await password_before(code, context=context.links)
        await wanted.hash_password(context.links.passwords, before=before)
    edit = wanted.edit(versions=_expected(wanted.version, tagged))
    if edit.utm_template is not None:
        await context.links.templates.read()
    try:
        counted = await edit_link(
            await key_in(code, request),
            edit,
            by=cause_of(request),
            context=context.links,
        )
    except LinkChangedMeanwhile:
        raise await outdated(code, tagged, request) from None
    await context.relay.flushed()
    return view_of(counted, context, response)


@router.delete(
    "/{code}",
    operation_id="delete_link",
    summary="Delete a link",
    response_description="The link as it was, with the moment of its deletion.",
    responses=answers(HTTPStatus.OK, *OF_CHANGES),
    openapi_extra=needs(KeyScope.LINKS_WRITE),
)
async def delete(
    code: Code, request: Request, response: Response, if_match: IfMatch = None
) -> LinkView:
    """Delete a link: visitors get 410, and its code is not used again.

    It can be restored until `restorable_until`, and is lost after that.
    With `If-Match` it is deleted only in the version that you have read.
    """
    context, tagged = context_of(request), versions_in(if_match)
    try:
        counted = await delete_link(
            await key_in(code, request),
            versions=tagged,
            by=cause_of(request),
            context=context.links,
        )
    except LinkChangedMeanwhile:
        raise await outdated(code, tagged, request) from None
    await context.relay.flushed()
    return view_of(counted, context, response)


@router.post(
    "/{code}/restore",
    operation_id="restore_link",
    summary="Restore a deleted link",
    response_description="The link as it is now.",
    responses=answers(
        HTTPStatus.OK,
        *KEY_REFUSALS,
        "link-not-found",
        "link-changed",
        "precondition-failed",
        "not-restorable",
        "external-id-taken",
        *repeats.REFUSALS,
        *_ALWAYS,
    ),
    response_model=LinkView,
    openapi_extra=needs(KeyScope.LINKS_WRITE) | repeats.DOCUMENTED,
)
async def restore(code: Code, request: Request, if_match: IfMatch = None) -> Response:
    """Undo a deletion: the link leads where it did, with its options and its clicks."""
    return await answered(
        request, partial(_restore, code, versions_in(if_match), request)
    )


async def _restore(
    code: str, tagged: frozenset[int] | None, request: Request, once: Once | None
) -> Response:
    context = context_of(request)
    try:
        counted = await restore_link(
            await key_in(code, request),
            versions=tagged,
            by=cause_of(request),
            context=context.links,
            answer_of=once and (lambda one: once.keeping(link_answer(one, context))),
        )
    except LinkChangedMeanwhile:
        raise await outdated(code, tagged, request) from None
    await context.relay.flushed()
    return link_answer(counted, context)


def _check_domain(wanted: NewLink, request: Request) -> None:
    """Check that there is the domain of a new link, and that the key is for it.

    Raises:
        WrongParameters: There is none.
        DomainNotAllowed: The key is for others.
    """
    table = context_of(request).links.domains.table
    found = table.named(wanted.domain) if wanted.domain else table.default
    if found is None or wanted.domain == "":
        wrong = wanted.wrong(context_of(request).links)
        raise WrongParameters(INVALID_REQUEST, list(map(in_body, wrong)))
    check_host(asking(request), table.host_of(found.host))


def location_of(link: Link) -> str:
    """Return where the API has *link*."""
    return f"{router.prefix}/{quote(link.name, safe=':')}"


def view_of(counted: CountedLink, context: ApiContext, response: Response) -> LinkView:
    """Return how *counted* is shown; its version is in the `ETag` of *response*."""
    response.headers["ETag"] = etag(counted.link.version)
    return LinkView.of(counted, base_url=context.base_url, context=context.links)


def _expected(
    version: int | None, tagged: frozenset[int] | None
) -> frozenset[int] | None:
    """Return the versions that both conditions allow; None: any."""
    if version is None:
        return tagged
    named = frozenset({version})
    return named if tagged is None else named & tagged
