"""Refusals as problem documents (RFC 9457), in bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import msgspec

from waypost.http.answers import Answer, Refused, answer_with
from waypost.http.headers import PROBLEM_JSON
from waypost.http.statuses import ErrorKind

ERRORS_PAGE: Final = "/docs"
"""Where every refusal is explained, on servers that have pages."""


class WrongField(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is wrong with one field of a request."""

    field: str
    message: str
    code: str | None = None
    """Of what is wrong, where there is one."""
    pointer: str | None = None
    """Where the field is in the body (RFC 6901)."""


class _Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str | None = None
    errors: Sequence[WrongField] | None = None


_encode = msgspec.json.Encoder().encode


def problem_body(
    kind: ErrorKind,
    *,
    page: str,
    request_id: str | None = None,
    errors: Sequence[WrongField] = (),
    members: Mapping[str, object] = MappingProxyType({}),
) -> bytes:
    """Return the document of a refusal of one request.

    *page* is the address of the page that explains all codes; empty: there is none.
    *members* are what only some kinds of refusals have.
    """
    problem = _Problem(
        type=f"{page}#error-{kind.code}" if page else "about:blank",
        title=kind.status.phrase,
        status=kind.status.value,
        detail=kind.detail,
        code=kind.code,
        request_id=request_id,
        errors=errors or None,
    )
    return _encode({**msgspec.to_builtins(problem), **members} if members else problem)


def problem_answer(
    refused: Refused, *, page: str, request_id: str | None = None
) -> Answer:
    """Return the answer to the request that is *refused*."""
    kind = replace(refused.kind, detail=str(refused))
    body = problem_body(kind, page=page, request_id=request_id)
    return answer_with(kind.status, PROBLEM_JSON, body, *refused.headers)


def fixed_problem_body(kind: ErrorKind, *, page: str) -> bytes:
    """Return the document of a refusal that is the same for every request.

    With spaces, for a person who reads it without a program.
    """
    return msgspec.json.format(problem_body(kind, page=page), indent=0)
