"""Refusals as problem details (RFC 9457): exceptions become answers here."""

from collections.abc import (
    Callable,
    Collection,
    Coroutine,
    Iterable,
    Mapping,
    Sequence,
)
from dataclasses import replace
from http import HTTPStatus
from types import MappingProxyType
from typing import Final, Never, TypeAlias

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import Scope

from waypost.api.access.presented import key_in
from waypost.api.responses import response_of
from waypost.domain.access.limits import Decision
from waypost.domain.bulk.errors import IdempotencyInProgress
from waypost.domain.errors import (
    BackendUnavailable,
    DatabaseUnusable,
    DomainError,
    InvalidRules,
    KeyInactive,
    NotAuthenticated,
    RateLimited,
    ScopeMissing,
)
from waypost.domain.spelling import nearest
from waypost.http.answers import Refused
from waypost.http.headers import PROBLEM_JSON, RETRY_AFTER, VARY_ACCEPT, Header
from waypost.http.pages import page_answer, wants_page
from waypost.http.problems import ERRORS_PAGE, WrongField, problem_body
from waypost.http.statuses import (
    ERRORS,
    INVALID_REQUEST,
    MALFORMED_JSON,
    METHOD_NOT_ALLOWED,
    NO_SUCH_PAGE,
    UNKNOWN_FIELD,
    UNSUPPORTED_MEDIA_TYPE,
    ErrorKind,
)
from waypost.telemetry.request_ids import REQUEST_ID_KEY

REFUSAL_KEY: Final = "waypost.refusal"
"""Where a request's scope carries the code of its refusal, for the log."""

_REALM: Final = 'realm="waypost"'
_MOST_ERRORS: Final = 20
"""How many wrong fields are named: a body may have thousands."""
_LONGEST_NAME: Final = 100
_LONGEST_POINTER: Final = 300
_NAMES_OF_THE_CODE: Final = frozenset(
    {"alias", "code", "custom_code", "short_code", "slug"}
)
"""What fields for a link's code are called here and in similar APIs."""
_OTHER_NAMES: Final = {
    "description": "notes",
    "destination": "url",
    "expires": "valid_until",
    "expires_at": "valid_until",
    "long_url": "url",
    "original_url": "url",
    "starts_at": "valid_since",
    "status": "redirect_status",
    "target": "url",
    "valid_from": "valid_since",
}
"""Names that similar APIs use for fields that have another name here."""

_OF_HTTP_EXCEPTIONS: Final = {
    # FastAPI's own: JSON that is nested too deep, no UTF-8, or cut off.
    HTTPStatus.BAD_REQUEST: MALFORMED_JSON,
    HTTPStatus.NOT_FOUND: NO_SUCH_PAGE,
    HTTPStatus.METHOD_NOT_ALLOWED: METHOD_NOT_ALLOWED,
}


def problem(
    kind: ErrorKind,
    *,
    scope: Scope,
    headers: Mapping[str, str] | None = None,
    errors: Sequence[WrongField] = (),
    members: Mapping[str, object] = MappingProxyType({}),
) -> Response:
    """Return the answer that reports a refusal, and note the refusal in *scope*."""
    scope[REFUSAL_KEY] = kind.code
    request_id = scope.get(REQUEST_ID_KEY)
    if wants_page(dict(scope["headers"]).get(b"accept", b"")):
        return _page(kind, request_id, headers, errors)
    body = problem_body(
        kind,
        page=ERRORS_PAGE,
        request_id=request_id,
        errors=errors,
        members=members,
    )
    return Response(
        body,
        status_code=kind.status,
        headers=_named(VARY_ACCEPT) | dict(headers or {}),
        media_type=PROBLEM_JSON,
    )


def _page(
    kind: ErrorKind,
    request_id: str | None,
    headers: Mapping[str, str] | None,
    errors: Sequence[WrongField],
) -> Response:
    """Return the same for people."""
    return response_of(
        page_answer(
            kind.status,
            "message.html",
            title=kind.status.phrase,
            text=kind.detail,
            code=kind.code,
            errors=errors,
            request_id=request_id,
        ),
        headers,
    )


async def _on_domain_error(request: Request, error: DomainError) -> Response:
    kind = replace(ERRORS[error.code], detail=str(error))
    return problem(
        kind,
        scope=request.scope,
        headers=_headers(error, request),
        errors=_wrong_values(error) if isinstance(error, InvalidRules) else (),
        members=_members(error),
    )


def _members(error: DomainError) -> Mapping[str, object]:
    """Return what is said only of refusals such as *error*."""
    if isinstance(error, ScopeMissing):
        return {"required_scope": error.required}
    if isinstance(error, RateLimited) and error.decision is not None:
        return {"violated-policies": [error.decision.policy.name]}
    return {}


def _wrong_values(error: InvalidRules) -> list[WrongField]:
    return [
        WrongField(
            field=".".join(map(str, one.place))[:_LONGEST_NAME],
            message=one.detail,
            code=one.code,
            pointer=one.pointer[:_LONGEST_POINTER],
        )
        for one in error.wrong[:_MOST_ERRORS]
    ]


def _headers(error: DomainError, request: Request) -> Mapping[str, str] | None:
    """Return the headers of the answer to a request that met *error*."""
    if isinstance(error, NotAuthenticated | KeyInactive):
        is_key_sent = bool(key_in(request.scope))
        return _challenge('error="invalid_token"') if is_key_sent else _challenge()
    match error:
        case DatabaseUnusable():
            return None
        case BackendUnavailable() | IdempotencyInProgress():
            return _named(RETRY_AFTER)
        case RateLimited(decision=Decision() as decision):
            return {"Retry-After": str(decision.wait_seconds)}
        case ScopeMissing():
            return _challenge('error="insufficient_scope"', f'scope="{error.required}"')
        case _:
            return None


def _challenge(*parameters: str) -> Mapping[str, str]:
    """Return what a refusal says about keys (RFC 6750, 3)."""
    return {"WWW-Authenticate": "Bearer " + ", ".join((_REALM, *parameters))}


async def _on_refused(request: Request, refused: Refused) -> Response:
    kind = replace(refused.kind, detail=str(refused))
    return problem(kind, scope=request.scope, headers=_named(*refused.headers))


class WrongParameters(Exception):  # noqa: N818  # named for the event, as `Refused`
    """A query with parameters that are unknown or wrong; *errors* says which."""

    def __init__(self, kind: ErrorKind, errors: Sequence[WrongField]) -> None:
        super().__init__(kind.detail)
        self.kind = kind
        self.errors = errors


class Outdated(Exception):  # noqa: N818  # named for the event, as `Refused`
    """A change to another version of a thing; *current* is as it is now."""

    def __init__(
        self,
        refusal: DomainError,
        *,
        current: Mapping[str, object] | None = None,
        tag: str | None = None,
    ) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal
        self.current = current
        self.tag = tag


async def _on_outdated(request: Request, outdated: Outdated) -> Response:
    kind = replace(ERRORS[outdated.refusal.code], detail=str(outdated.refusal))
    return problem(
        kind,
        scope=request.scope,
        headers=None if outdated.tag is None else {"ETag": outdated.tag},
        members={} if outdated.current is None else {"current": outdated.current},
    )


async def _on_wrong_parameters(request: Request, wrong: WrongParameters) -> Response:
    return problem(wrong.kind, scope=request.scope, errors=wrong.errors[:_MOST_ERRORS])


def _named(*headers: Header) -> dict[str, str]:
    return {name.decode(): value.decode() for name, value in headers}


async def _on_invalid_request(
    request: Request, error: RequestValidationError
) -> Response:
    # FastAPI leaves a body as bytes unless its media type is JSON.
    if isinstance(error.body, bytes):
        return problem(UNSUPPORTED_MEDIA_TYPE, scope=request.scope)
    found = error.errors()
    if any(one["type"] == "json_invalid" for one in found):
        return problem(MALFORMED_JSON, scope=request.scope)
    route = request.scope["route"]
    kind, fields = faults(
        found,
        taken=route.body_field.field_info.annotation.model_fields,
        read=getattr(route.response_model, "model_fields", ()),
    )
    return problem(kind, scope=request.scope, errors=fields)


def faults(
    found: Sequence[ErrorDetails], *, taken: Iterable[str], read: Collection[str]
) -> tuple[ErrorKind, list[WrongField]]:
    """Return which refusal the errors of a body are, and what is wrong where.

    *taken* are the names of the fields that the body may have, and *read* those of the
    fields that answers have.
    """
    # A misspelt field is reported as missing as well.
    others = [one for one in found if not _is_unknown(one)]
    missing = all(one["type"] == "missing" for one in others)
    is_unknown = missing and len(others) < len(found)
    kind = UNKNOWN_FIELD if is_unknown else INVALID_REQUEST
    known = list(taken)
    return kind, [_field_error(one, known, read) for one in found[:_MOST_ERRORS]]


def in_body(error: ErrorDetails) -> ErrorDetails:
    """Return an *error* of a body as FastAPI has them."""
    return {**error, "loc": ("body", *error["loc"])}


def _is_unknown(error: ErrorDetails) -> bool:
    return error["type"] == "extra_forbidden"


def _field_error(
    error: ErrorDetails, known: Sequence[str], read: Collection[str]
) -> WrongField:
    """Return *error* as the client gets it.

    The input itself is left out: it may be long, and it may be a secret.
    """
    name = ".".join(str(part) for part in error["loc"][1:])
    message = error["msg"].removeprefix("Value error, ")
    if _is_unknown(error):
        message = _about_unknown(name, known, read)
    return WrongField(field=name[:_LONGEST_NAME] or "body", message=message)


def _about_unknown(name: str, known: Sequence[str], read: Collection[str]) -> str:
    (code,) = {"code", "custom_code"}.intersection(known) or {""}
    if name in _NAMES_OF_THE_CODE:
        if code:
            return f"There is no such field. Did you mean {code}?"
        return (
            "There is no such field. A link keeps its code: make another link with "
            "the new one."
        )
    if name in read:
        return "This field can only be read."
    if "." in name:
        return "There is no such field here; /docs lists them."
    meant = nearest(name, known) or _OTHER_NAMES.get(name, "")
    if meant not in known:
        return f"There is no such field. There are {', '.join(known)}."
    return f"There is no such field. Did you mean {meant}?"


async def _on_http_exception(request: Request, error: HTTPException) -> Response:
    # FastAPI takes every exception while it reads a body for malformed JSON.
    if isinstance(error.__cause__, Refused):
        return await _on_refused(request, error.__cause__)
    headers = dict(error.headers or {})
    if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(_methods_at(request))
    kind = _OF_HTTP_EXCEPTIONS[HTTPStatus(error.status_code)]
    return problem(kind, scope=request.scope, headers=headers)


def _methods_at(request: Request) -> list[str]:
    """Return the methods of all routes at this path; the framework lists only one's."""
    methods: set[str] = set()
    for route in request.app.routes:
        match, _ = route.matches(request.scope)
        if match is not Match.NONE:
            methods |= route.methods
    return sorted(methods | {"HEAD"} if "GET" in methods else methods)


# FastAPI's own type: each handler takes the type of exception that it is listed for.
Handlers: TypeAlias = dict[
    int | type[Exception], Callable[[Request, Never], Coroutine[object, None, Response]]
]

HANDLERS: Final[Handlers] = {
    DomainError: _on_domain_error,
    RequestValidationError: _on_invalid_request,
    HTTPException: _on_http_exception,
    Outdated: _on_outdated,
    Refused: _on_refused,
    WrongParameters: _on_wrong_parameters,
}
"""Converts exceptions of one type. `RequestLog` handles all other exceptions."""
