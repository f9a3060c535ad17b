"""Routes of domains, under `/api/v1/domains`."""

from functools import partial
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Body, Header, Path, Request, Response

from waypost.api import idempotency_key as repeats
from waypost.api.access.guard import (
    KEY_REFUSALS,
    DomainRoute,
    GuardedRoute,
    asking,
    cause_of,
    needs,
)
from waypost.api.context import context_of
from waypost.api.documents.openapi import (
    ETAG_EXAMPLE,
    Document,
    Responses,
    answer_like,
    refusals,
)
from waypost.api.domains.bodies import (
    DomainChanges,
    DomainList,
    DomainView,
    NewDomain,
)
from waypost.api.domains.examples import (
    DOMAIN,
    DOMAIN_CHANGE_EXAMPLES,
    HOST,
    NEW_DOMAIN_EXAMPLES,
)
from waypost.api.links.etags import etag, versions_in
from waypost.api.listing.answers import list_answers
from waypost.api.listing.pages import decode_cursor, encode_cursor, page_of
from waypost.api.listing.parameters import PAGING, page_limit
from waypost.api.problems import Outdated
from waypost.api.repeats.once import Once, answered
from waypost.api.reports.parameters import Parameter, documented
from waypost.api.reports.queries import values_of
from waypost.domain.access.scopes import KeyScope
from waypost.domain.domains.domains import DomainState, LinkDomain
from waypost.domain.domains.errors import DomainNotFound
from waypost.domain.errors import PreconditionFailed
from waypost.http.bodies import BodyBound
from waypost.http.statuses import BODY_REFUSALS, STORE_REFUSALS, TARGET_REFUSALS
from waypost.services.domains.manage import (
    DomainContext,
    add_domain,
    change_domain,
    find_domain,
    remove_domain,
)

_OF_LIST: Final = (
    Parameter(
        name="q",
        description="Only hosts that contain this text.",
        example="acme",
    ),
    Parameter(
        name="state",
        description="Only domains in this state: `active` or `disabled`. Repeated: any "
        "of them. Default: all.",
        example="active",
        values=tuple(DomainState),
        is_repeatable=True,
    ),
    *PAGING,
)
_ALWAYS: Final = (*KEY_REFUSALS, "internal-error", *STORE_REFUSALS)
_OF_ONE: Final = ("domain-not-found", *_ALWAYS)
_OF_CHANGES: Final = ("precondition-failed", *_OF_ONE)
_AS_ADMIN: Final = needs(KeyScope.ADMIN)
_AS_READER: Final = needs(KeyScope.LINKS_READ)

Host = Annotated[str, Path(description="The domain's host.", examples=[HOST])]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="The `ETag` of the domain that you have read: if it has changed "
        "since, nothing is changed.",
        examples=[ETAG_EXAMPLE],
    ),
]

_PREFIX: Final = "/api/v1/domains"
_BOUND: Final = BodyBound(most_bytes=128 * 1024)
BOUNDS: Final = {_PREFIX: _BOUND, f"{_PREFIX}/": _BOUND}
"""How large bodies may be, with a logo in them: by path, or the beginning of paths."""
router = APIRouter(prefix=_PREFIX, tags=["domains"], route_class=GuardedRoute)
readers = APIRouter(prefix=_PREFIX, tags=["domains"], route_class=DomainRoute)


def _answers(status: HTTPStatus, example: Document, *codes: str) -> Responses:
    return {status.value: answer_like("domain", example), **refusals(*codes)}


@readers.get(
    "",
    operation_id="list_domains",
    summary="List domains",
    response_description="The domains: the one of `BASE_URL`, then the others by host.",
    responses=list_answers(DOMAIN),
    openapi_extra=documented(_OF_LIST) | _AS_READER,
)
async def list_domains(request: Request) -> DomainList:
    """Return domains, with what is set on each."""
    context, values = _context(request), values_of(request, _OF_LIST)
    await context.known.refresh()
    text = values.get("q", [""])[0].lower()
    states = values.get("state") or tuple(DomainState)
    limit = page_limit(values)
    of = ",".join((text, *sorted(states)))
    behind = [decode_cursor(text, of) for text in values.get("cursor", [])]
    table = context.known.table
    found = [
        domain
        for domain in table
        if text in table.host_of(domain.host)
        if domain.state in states
        if _sees(table.host_of(domain.host), request)
        if not behind or domain.host > behind[0]
    ]
    shown, last = page_of(found, limit)
    return DomainList(
        data=[await _view(domain, context) for domain in shown],
        next_cursor=encode_cursor(last.host, of) if last else None,
    )


@router.post(
    "",
    operation_id="add_domain",
    summary="Add a domain",
    status_code=HTTPStatus.CREATED,
    response_description="The new domain.",
    responses=_answers(
        HTTPStatus.CREATED,
        DOMAIN,
        "domain-exists",
        "case-collision",
        "invalid-host",
        "option-conflict",
        "invalid-logo",
        *TARGET_REFUSALS,
        *BODY_REFUSALS,
        *repeats.REFUSALS,
        *_ALWAYS,
    ),
    response_model=DomainView,
    openapi_extra=_AS_ADMIN | repeats.DOCUMENTED,
)
async def add(
    wanted: Annotated[NewDomain, Body(openapi_examples=NEW_DOMAIN_EXAMPLES)],
    request: Request,
) -> Response:
    """Add a host under which this server's links live.

    Its name has to lead to this server: see the documentation. Other processes know
    it within two seconds.
    """
    return await answered(request, partial(_add, wanted, request))


async def _add(wanted: NewDomain, request: Request, once: Once | None) -> Response:
    context = _context(request)
    new = await add_domain(
        wanted.host,
        wanted.fields(),
        by=cause_of(request),
        context=context,
        answer_of=once and (lambda one: once.keeping(_added(one, wanted, context))),
    )
    return _added(new, wanted, context)


def _added(new: LinkDomain, wanted: NewDomain, context: DomainContext) -> Response:
    """Return the answer that a domain was added. No link is of it yet."""
    logo, table = wanted.qr.logo, context.known.table
    view = DomainView.of(new, links=0, logo=logo, table=table)
    headers = {"Location": f"{router.prefix}/{new.host}", "ETag": etag(new.version)}
    return Response(
        view.model_dump_json(),
        status_code=HTTPStatus.CREATED,
        headers=headers,
        media_type="application/json",
    )


@readers.get(
    "/{host}",
    operation_id="read_domain",
    summary="Read a domain",
    response_description="The domain.",
    responses=_answers(HTTPStatus.OK, DOMAIN, *_OF_ONE),
    openapi_extra=_AS_READER,
)
async def read(host: Host, request: Request, response: Response) -> DomainView:
    """Return a domain with all that is set on it. Its version is also its `ETag`."""
    context = _context(request)
    domain = await find_domain(host, context=context)
    if not _sees(context.known.table.host_of(domain.host), request):
        raise DomainNotFound
    return await _tagged(domain, context, response)


@router.patch(
    "/{host}",
    operation_id="change_domain",
    summary="Change a domain",
    response_description="The domain as it is now.",
    responses=_answers(
        HTTPStatus.OK,
        DOMAIN,
        "case-collision",
        "option-conflict",
        "invalid-logo",
        *TARGET_REFUSALS,
        *BODY_REFUSALS,
        *_OF_CHANGES,
    ),
    openapi_extra=_AS_ADMIN,
)
async def change(
    host: Host,
    wanted: Annotated[DomainChanges, Body(openapi_examples=DOMAIN_CHANGE_EXAMPLES)],
    request: Request,
    response: Response,
    if_match: IfMatch = None,
) -> DomainView:
    """Change what holds for all links of a domain; null sets the default again.

    Other processes apply it within two seconds. Where case begins to make no
    difference, a link that another process makes at this moment under a code with
    capital letters is found once `case_sensitive: false` is sent again.
    """
    context = _context(request)
    try:
        domain = await change_domain(
            host,
            wanted.fields(),
            versions=versions_in(if_match),
            by=cause_of(request),
            context=context,
        )
    except PreconditionFailed as refusal:
        raise await _outdated(host, refusal, context) from None
    view = await _tagged(domain, context, response)
    if wanted.names_logo:
        # That of the store is another one, where nothing was stored but tried.
        view = view.with_logo(wanted.qr.logo)
    return view


@router.delete(
    "/{host}",
    operation_id="remove_domain",
    summary="Remove a domain",
    status_code=HTTPStatus.NO_CONTENT,
    response_description="It is removed.",
    response_class=Response,
    responses=refusals("domain-in-use", *_OF_CHANGES),
    openapi_extra=_AS_ADMIN,
)
async def remove(host: Host, request: Request, if_match: IfMatch = None) -> None:
    """Remove a domain that has no links. Codes of its deleted links stay used."""
    context = _context(request)
    try:
        await remove_domain(
            host,
            versions=versions_in(if_match),
            by=cause_of(request),
            context=context,
        )
    except PreconditionFailed as refusal:
        raise await _outdated(host, refusal, context) from None


async def _outdated(
    host: str, refusal: PreconditionFailed, context: DomainContext
) -> Outdated:
    """Return *refusal* with the domain as it is now.

    Raises:
        DomainNotFound: It has been removed meanwhile.
        BackendUnavailable: The store does not answer.
    """
    domain = await find_domain(host, context=context)
    view = await _view(domain, context)
    current = view.model_dump(mode="json")
    return Outdated(refusal, current=current, tag=etag(domain.version))


def _sees(host: str, request: Request) -> bool:
    """Return whether the key of a request is for a domain."""
    principal = asking(request)
    return not (principal and principal.domains) or host in principal.domains


def _context(request: Request) -> DomainContext:
    return context_of(request).domains


async def _view(domain: LinkDomain, context: DomainContext) -> DomainView:
    stored = context.storage.domains
    links = await stored.links(domain.host)
    logo = await stored.logo(domain.host) if domain.qr.logo else None
    return DomainView.of(domain, links=links, logo=logo, table=context.known.table)


async def _tagged(
    domain: LinkDomain, context: DomainContext, response: Response
) -> DomainView:
    response.headers["ETag"] = etag(domain.version)
    return await _view(domain, context)
