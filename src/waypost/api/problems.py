"""Refusals as problem details (RFC 9457): exceptions become answers here."""

from collections.abc import (
    Callable,
    Coroutine,
    Mapping,
    Sequence,
)
from dataclasses import replace
from http import HTTPStatus
from types import MappingProxyType
from typing import Final, Never, TypeAlias

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.routing import Match
from starlette.types import Scope

from waypost.api.access.presented import key_in
from waypost.api.context import context_of
from waypost.api.faults.fields import code_of, faults, message_of
from waypost.api.faults.judging import others_wrong
from waypost.api.faults.parameters import WrongParameters
from waypost.api.responses import response_of
from waypost.domain.access.limits import Decision
from waypost.domain.bulk.errors import IdempotencyInProgress
from waypost.domain.errors import (
    BackendUnavailable,
    DatabaseUnusable,
    DomainError,
    InvalidCursor,
    KeyInactive,
    NotAuthenticated,
    RateLimited,
    ScopeMissing,
    UnknownZone,
)
from waypost.http.answers import Refused
from waypost.http.headers import PROBLEM_JSON, RETRY_AFTER, VARY_ACCEPT, Header
from waypost.http.pages import page_answer, wants_page
from waypost.http.problems import (
    ERRORS_PAGE,
    MOST_ERRORS,
    WrongField,
    in_body,
    parameter,
    problem_body,
    refused_parameter,
)
from waypost.http.statuses import (
    ERRORS,
    INVALID_REQUEST,
    MALFORMED_JSON,
    METHOD_NOT_ALLOWED,
    NO_SUCH_PAGE,
    UNSUPPORTED_MEDIA_TYPE,
    ErrorKind,
)
from waypost.telemetry.request_ids import REQUEST_ID_KEY

REFUSAL_KEY: Final = "waypost.refusal"
"""Where a request's scope carries the code of its refusal, for the log."""

_REALM: Final = 'realm="waypost"'
_PARAMETERS: Final = {
    InvalidCursor.code: "cursor",
    UnknownZone.code: "tz",
}
"""Which parameter some refusals are always about."""
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
            errors=[one for one in errors if one.message != kind.detail],
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
        errors=_wrong_values(error),
        members=_members(error),
    )


def _members(error: DomainError) -> Mapping[str, object]:
    """Return what is said only of refusals such as *error*."""
    if isinstance(error, ScopeMissing):
        return {"required_scope": error.required}
    if isinstance(error, RateLimited) and error.decision is not None:
        return {"violated-policies": [error.decision.policy.name]}
    return {}


def _wrong_values(error: DomainError) -> list[WrongField]:
    name = _PARAMETERS.get(error.code)
    if name is not None and not error.wrong:
        return [refused_parameter(name, error)]
    return [in_body(one) for one in error.wrong[:MOST_ERRORS]]


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
    return problem(wrong.kind, scope=request.scope, errors=wrong.errors[:MOST_ERRORS])


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
    of_body = [one for one in found if one["loc"][0] == "body"]
    of_parameters = [
        parameter(str(one["loc"][-1]), message_of(one), code_of(one))
        for one in found
        if one["loc"][0] != "body"
    ]
    if not of_body:
        return problem(INVALID_REQUEST, scope=request.scope, errors=of_parameters)
    model = route.body_field.field_info.annotation
    kind, wrong = faults(
        of_body,
        taken=model.model_fields,
        read=getattr(route.response_model, "model_fields", ()),
    )
    others = others_wrong(model, error.body, of_body, context_of(request).links)
    errors = [*of_parameters, *map(in_body, [*wrong, *others][:MOST_ERRORS])]
    return problem(
        INVALID_REQUEST if others else kind, scope=request.scope, errors=errors
    )


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
