"""Refusals as problem documents (RFC 9457), in bytes."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Final

import msgspec

from waypost.domain.errors import DomainError
from waypost.domain.wrong.codes import FieldCode
from waypost.domain.wrong.values import WrongValue
from waypost.http.answers import Answer, Refused, answer_with
from waypost.http.headers import PROBLEM_JSON
from waypost.http.statuses import ErrorKind

ERRORS_PAGE: Final = "/docs"
"""Where every refusal is explained, on servers that have pages."""
MOST_ERRORS: Final = 20
"""How many wrong fields are named: a body may have thousands."""

_LONGEST_NAME: Final = 100
_LONGEST_POINTER: Final = 300


class WrongField(msgspec.Struct, frozen=True):
    """What is wrong with one value of a request. Made by `in_body`, or `parameter`."""

    field: str
    """The same place, with dots: what clients of before read."""
    message: str
    """`detail`, under the name that clients of before read."""
    code: str = FieldCode.INVALID_VALUE.value
    pointer: str | None = None
    """Where it is in the body (RFC 6901). None: elsewhere."""
    parameter: str | None = None
    """The parameter or the header that it is. None: it is in the body."""
    detail: str = ""

    def __post_init__(self) -> None:
        """Take `detail` from `message`, which is the same."""
        msgspec.structs.force_setattr(self, "detail", self.message)


def in_body(wrong: WrongValue) -> WrongField:
    """Return what is wrong with a value of a body, or of an item of many."""
    return WrongField(
        field=wrong.field[:_LONGEST_NAME] or "body",
        message=wrong.detail,
        code=str(wrong.code),
        pointer=wrong.pointer[:_LONGEST_POINTER],
    )


def parameter(
    name: str, detail: str, code: FieldCode = FieldCode.INVALID_VALUE
) -> WrongField:
    """Return what is wrong with a parameter of a request, or with a header."""
    name = name[:_LONGEST_NAME]
    return WrongField(field=name, message=detail, code=code.value, parameter=name)


def refused_parameter(name: str, refusal: DomainError) -> WrongField:
    """Return that *refusal* is about a parameter of a request."""
    message, code = str(refusal), refusal.code
    return WrongField(field=name, message=message, code=code, parameter=name)


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
