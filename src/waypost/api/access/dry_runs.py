"""Requests that ask what would happen: `?dry_run=true`.

Every call that changes something has it: what its route works with keeps nothing
(`api.context.context_of`), and here the answer gets its form. Where there is none, the
request is refused, and not carried out.
"""

from collections.abc import Collection, Mapping, Sequence
from http import HTTPStatus
from typing import Final
from urllib.parse import unquote_to_bytes

import msgspec
from fastapi import Request
from fastapi.routing import APIRoute
from starlette.types import Message, Scope, Send

from waypost.api.context import DRY_RUN_KEY
from waypost.api.documents.openapi import Document, refusals
from waypost.api.idempotency_key import idempotency_key, takes_key
from waypost.http.answers import Refused
from waypost.http.statuses import INVALID_REQUEST, UNKNOWN_PARAMETER
from waypost.services.links.context import is_to_come

_NAME: Final = "dry_run"
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
WITHOUT: Final[Mapping[str, str]] = {
    "simulate_visit": "It changes nothing.",
    "report_abuse": "Anyone may send it, and whether there is such a link is not said.",
}
"""Operations that have no dry run, and why."""
_BY_THEMSELVES: Final = frozenset({"ask_for_job"})
"""Operations that read the parameter, and answer in their own form: the job counts what
it would do, which takes as long as doing it."""
_IN_PARTS: Final = frozenset({"change_links"})
"""Operations whose answers have any length, and have their form already."""
_MADE: Final = ("id", "created_at", "updated_at")
_OF_CODE: Final = ("code", "short_code", "short_url", "qr_url")
_NULLS: Final[Mapping[str, Sequence[str]]] = {
    "delete_link": ("updated_at", "deleted_at", "restorable_until"),
    "create_key": ("prefix", "key"),
    "rotate_key": ("prefix", "key"),
    "change_tag": ("links", "clicks"),
}
"""What is known only once it is done, or may be."""
_ALWAYS: Final[Mapping[str, Sequence[str]]] = {**_NULLS, "change_tag": ()}
"""Those of them that never are; the route knows of the others."""
_MAY_BE_NULL: Final = frozenset({*_MADE, *_OF_CODE})
_JSON: Final = "application/json"
_HEADER: Final = (b"dry-run", b"true")
_DROPPED: Final = frozenset({b"content-length", b"etag", b"location", b"retry-after"})


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

    The parameter is taken out of the query, which routes read further.

    Raises:
        Refused: The route has none, or the parameter has another value, or the
            `Idempotency-Key` is malformed.
    """
    if not scope["query_string"] or scope["method"] in _SAFE:
        return False
    if route.operation_id in _BY_THEMSELVES:
        return False
    values, others = _taken(scope["query_string"])
    if not values:
        return False
    if values not in ([b"true"], [b"false"]):
        raise Refused(INVALID_REQUEST, "dry_run is true or false, and is sent once.")
    # What is no operation of the document is a form of a page.
    if route.operation_id is None or route.operation_id in WITHOUT:
        raise Refused(UNKNOWN_PARAMETER, "This call has no dry_run. Nothing was done.")
    scope["query_string"] = others
    if values == [b"false"]:
        return False
    if takes_key(route):
        idempotency_key(Request(scope))
    scope[DRY_RUN_KEY] = []
    # Nothing happens, so nothing is kept.
    scope["headers"] = [one for one in scope["headers"] if one[0] != b"idempotency-key"]
    return True


def _taken(query: bytes) -> tuple[list[bytes], bytes]:
    """Return the values of the parameter in a *query*, and the query without it."""
    values, others = [], []
    for part in query.split(b"&"):
        name, _, value = part.partition(b"=")
        if unquote_to_bytes(name) == _NAME.encode():
            values.append(unquote_to_bytes(value))
        else:
            others.append(part)
    return values, b"&".join(others)


class DryAnswer:
    """Gives an answer the form of a dry run's."""

    def __init__(self, send: Send, operation: str | None, scope: Scope) -> None:
        self._send = send
        self._is_in_parts = operation in _IN_PARTS
        self._nulls = _ALWAYS.get(operation or "", ("updated_at",))
        self._scope = scope
        self._start: Message = {}
        self._body = b""

    async def send(self, message: Message) -> None:
        """Take a part of the answer, and send all of it with the last one.

        What is refused, and what comes in parts, goes on as it is.
        """
        if message["type"] == "http.response.start":
            self._is_in_parts |= message["status"] >= HTTPStatus.BAD_REQUEST
            self._start = message
            if self._is_in_parts:
                await self._begin(message["headers"])
        elif self._is_in_parts:
            await self._send(message)
        else:
            self._body += message.get("body", b"")
            if not message.get("more_body"):
                await self._finish()

    async def _begin(self, headers: Sequence[tuple[bytes, bytes]]) -> None:
        await self._send({**self._start, "headers": [*headers, _HEADER]})

    async def _finish(self) -> None:
        status = self._start["status"]
        headers = [one for one in self._start["headers"] if one[0] not in _DROPPED]
        if self._body:
            self._body = self._nulled(is_new=status == HTTPStatus.CREATED)
            self._start = {**self._start, "status": HTTPStatus.OK.value}
            headers.append((b"content-length", str(len(self._body)).encode()))
        await self._begin(headers)
        await self._send({"type": "http.response.body", "body": self._body})

    def _nulled(self, *, is_new: bool) -> bytes:
        """Return the body without what is made only when it is done."""
        body = msgspec.json.decode(self._body, type=dict[str, object])
        nulls = [*self._nulls, *self._scope[DRY_RUN_KEY], *(_MADE if is_new else ())]
        if is_to_come(body.get("code")) or is_to_come(body.get("short_code")):
            nulls += _OF_CODE
        return msgspec.json.encode(body | {one: None for one in nulls if one in body})


def add_dry_runs(document: Document) -> None:
    """Describe dry runs in each operation that has one, in place."""
    for path in document["paths"].values():
        for method, operation in path.items():
            name = operation["operationId"]
            if method.upper() in _SAFE or name in _BY_THEMSELVES or name in WITHOUT:
                continue
            operation["parameters"] = [*operation.get("parameters", ()), _PARAMETER]
            _add_answers(operation, document["components"]["schemas"])


def _add_answers(operation: Document, schemas: Document) -> None:
    """Describe what a dry run answers, besides what the call answers otherwise."""
    answers, name = operation["responses"], operation["operationId"]
    usual = answers.get("200")
    any_answer = usual or answers.get("201") or answers["204"]
    answer = any_answer | {
        "headers": {
            name: header | {"required": False}
            for name, header in any_answer.get("headers", {}).items()
        }
        | {"Dry-Run": _DOCUMENTED}
    }
    if usual is None and "201" in answers:
        answer["description"] = "What would be made."
    if "content" in answer and name not in _IN_PARTS:
        media = answer["content"][_JSON]
        nulls = _MAY_BE_NULL | frozenset(_NULLS.get(name, ()))
        dry = {"$ref": _dry(media["schema"]["$ref"], schemas, nulls)}
        schema = dry if usual is None else {"anyOf": [media["schema"], dry]}
        answer["content"] = {_JSON: media | {"schema": schema}}
    answers["200" if "content" in answer else "204"] = answer
    for status, refusal in refusals(INVALID_REQUEST.code).items():
        answers.setdefault(str(status), refusal)


def _dry(reference: str, schemas: Document, nulls: Collection[str]) -> str:
    """Return a reference to a schema in which *nulls* may be null, if it has any."""
    name = reference.rpartition("/")[2]
    title = f"Dry{name}"
    # Other operations may have begun it, for others of its fields.
    usual: Document = schemas[title if title in schemas else name]
    fields = {
        field: _or_null(described) if field in nulls else described
        for field, described in usual["properties"].items()
    }
    if fields != usual["properties"]:
        schemas[title] = usual | {"title": title, "properties": fields}
    return f"#/components/schemas/{title}" if title in schemas else reference


def _or_null(described: Document) -> Document:
    null = {"type": "null"}
    is_so = null in described.get("anyOf", ())
    return described if is_so else {"anyOf": [described, null]}
