"""Requests that ask what would happen: `?dry_run=true`.

All is checked and nothing is stored: the use cases see it in their context, and here
the answer gets its form. Where a call has no dry run, it is refused, and not done.
"""

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from itertools import chain
from typing import Final
from urllib.parse import parse_qs

import msgspec
from fastapi import Request
from fastapi.routing import APIRoute
from starlette.types import Message, Scope, Send

from waypost.api.context import DRY_RUN_KEY
from waypost.api.documents.openapi import Document, refusals
from waypost.api.idempotency_key import idempotency_key, takes_key
from waypost.http.answers import Refused
from waypost.http.statuses import INVALID_REQUEST, UNKNOWN_PARAMETER
from waypost.services.links.context import CODE_TO_COME

_NAME: Final = "dry_run"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OPERATIONS: Final = frozenset(
    {
        "shorten",
        "create_link",
        "change_link",
        "put_link",
        "delete_link",
        "restore_link",
        "quarantine_link",
        "release_link",
    }
)
_BY_THEMSELVES: Final = frozenset({"ask_for_job"})
"""Operations that read the parameter, and answer in their own form."""
_MADE: Final = ("id", "created_at", "updated_at")
_OF_CODE: Final = ("code", "short_code", "short_url", "qr_url")
_NULLS: Final[Mapping[str, Sequence[str]]] = {
    "delete_link": ("updated_at", "deleted_at", "restorable_until"),
}
"""What is known only once it is done."""
_MAY_BE_NULL: Final = frozenset({*_MADE, *_OF_CODE, *chain(*_NULLS.values())})
_JSON: Final = "application/json"
_HEADER: Final = (b"dry-run", b"true")
_DROPPED: Final = frozenset({b"content-length", b"etag", b"location"})


_PARAMETER: Final[Document] = {
    "name": _NAME,
    "in": "query",
    "required": False,
    "description": "`true`: everything is checked, and nothing happens. The answer is "
    "200 with what would be, and null for what would be made.",
    "schema": {"type": "boolean", "default": False},
}
_DOCUMENTED: Final[Document] = {
    "description": "`true`: nothing has happened; see `dry_run`.",
    "schema": {"type": "string"},
}


def begin_dry_run(route: APIRoute, scope: Scope) -> bool:
    """Return whether a request is a dry run, and note it in its *scope*.

    Raises:
        Refused: The route has none, or the parameter has another value, or the
            `Idempotency-Key` is malformed.
    """
    if scope["method"] in _SAFE or _NAME.encode() not in scope["query_string"]:
        return False
    if route.operation_id in _BY_THEMSELVES:
        return False
    query = parse_qs(scope["query_string"].decode("latin-1"), keep_blank_values=True)
    values = query.get(_NAME)
    if values is None:
        return False
    if values not in (["true"], ["false"]):
        raise Refused(INVALID_REQUEST, "dry_run is true or false, and is sent once.")
    if route.operation_id not in _OPERATIONS:
        raise Refused(UNKNOWN_PARAMETER, "This call has no dry_run. Nothing was done.")
    if values == ["false"]:
        return False
    if takes_key(route):
        idempotency_key(Request(scope))
    scope[DRY_RUN_KEY] = True
    # Nothing happens, so nothing is kept.
    scope["headers"] = [one for one in scope["headers"] if one[0] != b"idempotency-key"]
    return True


class DryAnswer:
    """Gives an answer the form of a dry run's."""

    def __init__(self, send: Send, operation: str | None) -> None:
        self._send = send
        self._nulls = _NULLS.get(operation or "", ("updated_at",))
        self._start: Message = {}
        self._body = b""

    async def send(self, message: Message) -> None:
        """Take a part of the answer, and send all of it with the last one."""
        if message["type"] == "http.response.start":
            self._start = message
            return
        self._body += message.get("body", b"")
        if message.get("more_body"):
            return
        status = self._start["status"]
        if status < HTTPStatus.BAD_REQUEST:
            self._body = self._nulled(is_new=status == HTTPStatus.CREATED)
            status = HTTPStatus.OK.value
        headers = [one for one in self._start["headers"] if one[0] not in _DROPPED]
        length = (b"content-length", str(len(self._body)).encode())
        start = {"status": status, "headers": [*headers, length, _HEADER]}
        await self._send({**self._start, **start})
        await self._send({"type": "http.response.body", "body": self._body})

    def _nulled(self, *, is_new: bool) -> bytes:
        """Return the body without what is made only when it is done."""
        body = msgspec.json.decode(self._body, type=dict[str, object])
        nulls = [*self._nulls, *(_MADE if is_new else ())]
        if CODE_TO_COME in {body.get("code"), body.get("short_code")}:
            nulls += _OF_CODE
        return msgspec.json.encode(body | {one: None for one in nulls if one in body})


def add_dry_runs(document: Document) -> None:
    """Describe dry runs in each operation that has one, in place."""
    for path in document["paths"].values():
        for operation in path.values():
            if operation["operationId"] in _OPERATIONS:
                operation["parameters"] = [*operation.get("parameters", ()), _PARAMETER]
                _add_answers(operation["responses"], document["components"]["schemas"])


def _add_answers(answers: Document, schemas: Document) -> None:
    """Describe what a dry run answers, besides what the call answers otherwise."""
    made = answers.get("201")
    usual = answers.get("200")
    any_answer = usual or made or {}
    media = any_answer["content"][_JSON]
    dry = {"$ref": _dry(media["schema"]["$ref"], schemas)}
    schema = dry if usual is None else {"anyOf": [media["schema"], dry]}
    headers = {
        name: header | {"required": False}
        for name, header in any_answer.get("headers", {}).items()
    }
    answers["200"] = any_answer | {
        "description": usual["description"] if usual else "What would be made.",
        "content": {_JSON: media | {"schema": schema}},
        "headers": headers | {"Dry-Run": _DOCUMENTED},
    }
    for status, refusal in refusals(INVALID_REQUEST.code).items():
        answers.setdefault(str(status), refusal)


def _dry(reference: str, schemas: Document) -> str:
    """Return a reference to a schema in which what is not made yet may be null."""
    name = reference.rpartition("/")[2]
    usual = schemas[name]
    fields = {
        field: {"anyOf": [described, {"type": "null"}]}
        if field in _MAY_BE_NULL
        else described
        for field, described in usual["properties"].items()
    }
    title = f"Dry{name}"
    schemas[title] = usual | {"title": title, "properties": fields}
    return f"#/components/schemas/{title}"
