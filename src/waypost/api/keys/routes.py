"""Routes of keys, under `/api/v1/keys`."""

from functools import partial
from http import HTTPStatus
from typing import Annotated, Final

from fastapi import APIRouter, Body, Path, Request, Response

from waypost.api import idempotency_key as repeats
from waypost.api.access.guard import (
    KEY_REFUSALS,
    GuardedRoute,
    cause_of,
    needs,
    principal_of,
)
from waypost.api.context import ApiContext, context_of
from waypost.api.documents.openapi import Document, Responses, answer_like, refusals
from waypost.api.faults.parameters import WrongParameters
from waypost.api.keys.bodies import (
    KeyChanges,
    KeyListBody,
    KeyView,
    NewKey,
    Rotation,
)
from waypost.api.keys.examples import (
    KEY,
    KEY_CHANGE_EXAMPLES,
    KEY_ID,
    NEW_KEY,
    NEW_KEY_EXAMPLES,
    ROTATED_KEY,
    ROTATION_EXAMPLES,
)
from waypost.api.listing.answers import list_answers
from waypost.api.listing.pages import decode_id_cursor, encode_cursor, page_of
from waypost.api.listing.parameters import PAGING, page_limit
from waypost.api.repeats.once import Once, answered
from waypost.api.reports.parameters import Parameter, documented
from waypost.api.reports.queries import values_of
from waypost.domain.access.keys import ApiKey, KeyState
from waypost.domain.access.scopes import KeyScope
from waypost.domain.domains.errors import DomainNotFound
from waypost.http.problems import in_body
from waypost.http.statuses import BODY_REFUSALS, INVALID_REQUEST, STORE_REFUSALS
from waypost.services.access.manage import (
    change_key,
    find_key,
    keys_page,
    make_key,
    revoke_key,
    rotate_key,
)

_STATE: Final = Parameter(
    name="state",
    description="Only keys in this state: `active`, `expired` or `revoked`. Repeated: "
    "any of them. Default: all.",
    example="active",
    values=tuple(KeyState),
    is_repeatable=True,
)
_OF_LIST: Final = (_STATE, *PAGING)
_ALWAYS: Final = (*KEY_REFUSALS, "internal-error", *STORE_REFUSALS)
_OF_ONE: Final = ("key-not-found", *_ALWAYS)
_AT_ONCE: Final = Rotation()
_AS_ADMIN: Final = needs(KeyScope.ADMIN)

KeyId = Annotated[str, Path(description="The key's id.", examples=[KEY_ID])]

router = APIRouter(prefix="/api/v1/keys", tags=["keys"], route_class=GuardedRoute)


def _answers(status: HTTPStatus, example: Document, *codes: str) -> Responses:
    return {status.value: answer_like("key", example), **refusals(*codes)}


@router.get(
    "",
    operation_id="list_keys",
    summary="List keys",
    response_description="The keys, newest first, without their secrets.",
    responses=list_answers(KEY),
    openapi_extra=documented(_OF_LIST) | _AS_ADMIN,
)
async def list_keys(request: Request) -> KeyListBody:
    """Return keys, those that were revoked or have expired too."""
    context, values = context_of(request), values_of(request, _OF_LIST)
    wanted = values.get("state", KeyState)
    states = frozenset(state for state in KeyState if state in wanted)
    of = ",".join(sorted(states))
    limit = page_limit(values)
    before = [decode_id_cursor(text, of) for text in values.get("cursor", [])]
    keys = await keys_page(
        states,
        limit=limit + 1,
        before_id=before[0] if before else None,
        context=context.access.keys,
    )
    (shown, last), now = page_of(keys, limit), context.access.keys.clock.now()
    return KeyListBody(
        data=[KeyView.of(key, now=now) for key in shown],
        next_cursor=encode_cursor(last.id, of) if last else None,
    )


@router.post(
    "",
    operation_id="create_key",
    summary="Make a key",
    status_code=HTTPStatus.CREATED,
    response_description="The new key. `key` is its secret, here and never again.",
    responses=_answers(
        HTTPStatus.CREATED,
        NEW_KEY,
        "scope-exceeds-own",
        *BODY_REFUSALS,
        *repeats.REFUSALS,
        *_ALWAYS,
    ),
    response_model=KeyView,
    openapi_extra=_AS_ADMIN | repeats.DOCUMENTED,
)
async def create_key(
    wanted: Annotated[NewKey, Body(openapi_examples=NEW_KEY_EXAMPLES)],
    request: Request,
) -> Response:
    """Make a key that permits no more than yours. Only a hash of it is stored.

    A repeat under the same `Idempotency-Key` cannot show the secret again: `key` is
    null then.
    """
    return await answered(request, partial(_create_key, wanted, request))


async def _create_key(wanted: NewKey, request: Request, once: Once | None) -> Response:
    context = context_of(request)
    _check_domains(wanted.domains, context)
    made = await make_key(
        wanted.spec(),
        by=principal_of(request),
        request_id=cause_of(request).request_id,
        context=context.access.keys,
        answer_of=once and (lambda key: once.keeping(_made(key, None, context))),
    )
    return _made(made.key, made.text, context)


def _made(key: ApiKey, text: str | None, context: ApiContext) -> Response:
    """Return the answer that a key was made."""
    response = _shown(key, text, context)
    response.status_code = HTTPStatus.CREATED
    response.headers["Location"] = f"{router.prefix}/{key.id}"
    return response


def _shown(key: ApiKey, text: str | None, context: ApiContext) -> Response:
    """Return the answer that shows a key with its *text*, if that is known."""
    view = KeyView.of(key, now=context.access.keys.clock.now(), text=text)
    return Response(view.model_dump_json(), media_type="application/json")


@router.get(
    "/{id}",
    operation_id="read_key",
    summary="Read a key",
    response_description="The key, without its secret.",
    responses=_answers(HTTPStatus.OK, KEY, *_OF_ONE),
    openapi_extra=_AS_ADMIN,
)
async def read_key(id: KeyId, request: Request) -> KeyView:  # noqa: A002  # its name
    """Return a key, and when it was used last."""
    context = context_of(request).access.keys
    key = await find_key(id, context=context)
    return KeyView.of(key, now=context.clock.now())


@router.patch(
    "/{id}",
    operation_id="change_key",
    summary="Change a key",
    response_description="The key as it is now.",
    responses=_answers(
        HTTPStatus.OK,
        KEY,
        "scope-exceeds-own",
        "key-revoked",
        "last-admin",
        *BODY_REFUSALS,
        *_OF_ONE,
    ),
    openapi_extra=_AS_ADMIN,
)
async def patch_key(
    id: KeyId,  # noqa: A002  # its name
    wanted: Annotated[KeyChanges, Body(openapi_examples=KEY_CHANGE_EXAMPLES)],
    request: Request,
) -> KeyView:
    """Change its name, what it permits, or when it expires.

    This process applies it at once, others within two seconds. The last key that
    permits everything keeps that.
    """
    context = context_of(request)
    _check_domains(wanted.domains, context)
    keys = context.access.keys
    key = await change_key(
        id,
        wanted.change(),
        by=principal_of(request),
        request_id=cause_of(request).request_id,
        context=keys,
    )
    return KeyView.of(key, now=keys.clock.now())


@router.delete(
    "/{id}",
    operation_id="revoke_key",
    summary="Revoke a key",
    status_code=HTTPStatus.NO_CONTENT,
    response_description="It is accepted no more.",
    response_class=Response,
    responses=refusals("scope-exceeds-own", "last-admin", *_OF_ONE),
    openapi_extra=_AS_ADMIN,
)
async def delete_key(id: KeyId, request: Request) -> None:  # noqa: A002  # its name
    """Have it refused permanently: here at once, by other processes in two seconds."""
    await revoke_key(
        id,
        by=principal_of(request),
        request_id=cause_of(request).request_id,
        context=context_of(request).access.keys,
    )


@router.post(
    "/{id}/rotate",
    operation_id="rotate_key",
    summary="Give a key a new secret",
    response_description="The key. `key` is its new secret, here and never again.",
    responses=_answers(
        HTTPStatus.OK,
        ROTATED_KEY,
        "scope-exceeds-own",
        "key-revoked",
        *BODY_REFUSALS,
        *repeats.REFUSALS,
        *_OF_ONE,
    ),
    response_model=KeyView,
    openapi_extra=_AS_ADMIN | repeats.DOCUMENTED,
)
async def rotate(
    id: KeyId,  # noqa: A002  # its name
    request: Request,
    wanted: Annotated[Rotation, Body(openapi_examples=ROTATION_EXAMPLES)] = _AT_ONCE,
) -> Response:
    """Replace its secret. With `overlap` the old one is accepted until then.

    Only one old secret is: rotating again ends the overlap of the time before. A repeat
    under the same `Idempotency-Key` rotates no second time, and cannot show the secret
    again: `key` is null then. If you do not have it, rotate under another name.
    """
    return await answered(request, partial(_rotate, id, wanted, request))


async def _rotate(
    key_id: str, wanted: Rotation, request: Request, once: Once | None
) -> Response:
    context = context_of(request)
    made = await rotate_key(
        key_id,
        old_until=wanted.overlap,
        by=principal_of(request),
        request_id=cause_of(request).request_id,
        context=context.access.keys,
        answer_of=once and (lambda key: once.keeping(_shown(key, None, context))),
    )
    return _shown(made.key, made.text, context)


def _check_domains(domains: list[str], context: ApiContext) -> None:
    """Refuse hosts of which there are no links.

    Raises:
        WrongParameters: One of *domains* is one.
    """
    own = context.access.default_domain
    others = context.domains.known.table.others
    message = f"There is no such domain here. There is {own}."
    wrong = [
        in_body(DomainNotFound(message).at("domains", place))
        for place, domain in enumerate(domains)
        if domain != own and domain not in others
    ]
    if wrong:
        raise WrongParameters(INVALID_REQUEST, wrong)
