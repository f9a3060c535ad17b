"""The route for many links at once."""

from collections.abc import Sequence
from email.message import Message as MailMessage
from typing import Final

import msgspec
from fastapi import APIRouter, Request, Response

from waypost.api.access.guard import DomainRoute, cause_of, needs, principal_of
from waypost.api.bulk import documents
from waypost.api.bulk.batches import batches_of
from waypost.api.bulk.bodies import Answer, ItemResult, Summary
from waypost.api.bulk.call import MOST_TOGETHER, Batch, Call
from waypost.api.bulk.lines import ListedItems
from waypost.api.bulk.streaming import JSON_LINES, BulkStream
from waypost.api.context import context_of
from waypost.api.idempotency_key import idempotency_key
from waypost.api.problems import problem
from waypost.domain.bulk.errors import BulkRejected
from waypost.http.answers import Refused
from waypost.http.asgi import Scope
from waypost.http.bodies import BodyBound, whole_body
from waypost.http.statuses import (
    ERRORS,
    INVALID_REQUEST,
    MALFORMED_JSON,
    TOO_MANY_ITEMS,
    UNSUPPORTED_MEDIA_TYPE,
)
from waypost.ports.bulk.results import CallName

MAX_ITEMS: Final = 10_000
"""Of one call that is no stream."""
PATH: Final = "/api/v1/links/bulk"
_STREAMS: Final = frozenset({JSON_LINES, "application/x-ndjson"})
_CALL_BOUND: Final = BodyBound(most_bytes=16 * 1024 * 1024)
_STREAM_BOUND: Final = BodyBound(most_bytes=None)

router = APIRouter(tags=["links"], route_class=DomainRoute)


class _Call(msgspec.Struct, forbid_unknown_fields=True):
    """A call, whose items are not read yet."""

    items: list[msgspec.Raw]
    atomic: bool = False


_decode = msgspec.json.Decoder(_Call).decode


def body_bound(scope: Scope) -> BodyBound:
    """Return how large the body of a request to `PATH` may be."""
    return _STREAM_BOUND if _media_type(scope) in _STREAMS else _CALL_BOUND


@router.post(
    PATH,
    operation_id="change_links",
    summary="Make, change, delete and restore many links",
    response_description="A result for each item, in order.",
    response_class=Response,
    responses=documents.ANSWERS,
    openapi_extra=documents.BODY | needs(None),
)
async def change_links(request: Request) -> Response:
    """Carry out up to 10,000 items in order; each may fail by itself.

    The status says that the call worked, and `summary` how it went. `op` says what an
    item does: `create` (the default), `update`, `put`, `delete` or `restore`; each item
    needs the scope that the same request about one link needs. If `atomic`, all items
    are done or none (422, `bulk-rejected`, with `results`).

    As a stream, with `Content-Type: application/jsonl`: an item a line, any number of
    them, of 64 KiB each. The answer has a result a line, written once it is committed,
    and at last `{"summary": …}`, with an `error` if the stream was not read to its end.
    Read the answer while you send: the server waits for you.

    With an `Idempotency-Key` the call may be sent again for a day: the results of what
    is done are repeated, and the rest is carried out. Other items under the same key
    are refused (422, `idempotency-key-reused`).

    A dry run tries up to 1,000 items at a time, and those do not see what the items
    before them would change.
    """
    context, media_type = context_of(request), _media_type(request.scope)
    name = _name(request)
    if media_type in _STREAMS:
        return BulkStream(request, Call(context, by=cause_of(request), name=name))
    if media_type != "application/json":
        raise Refused(UNSUPPORTED_MEDIA_TYPE, _MEDIA_TYPES)
    body = _call(await whole_body(request.receive))
    cause = cause_of(request)
    call = Call(context, by=cause, name=name, is_atomic=body.atomic)
    results: list[ItemResult] = []
    batches = batches_of(
        ListedItems([bytes(item) for item in body.items]),
        call=call,
        most=MAX_ITEMS if body.atomic else MOST_TOGETHER,
        request=request,
    )
    async for batch in batches:
        if isinstance(batch, Batch):
            results += await call.results_of(batch)
        else:
            results += batch
    return _answer(results, request, is_atomic=body.atomic)


def _name(request: Request) -> CallName | None:
    """Return by what the call is recognised when it is sent again; None: it is not."""
    key = idempotency_key(request)
    if key is None:
        return None
    actor = principal_of(request).actor
    return CallName(f"{actor.type}:{actor.id}", key)


def _call(body: bytes) -> _Call:
    try:
        call = _decode(body)
    except msgspec.ValidationError as error:
        raise Refused(INVALID_REQUEST, f"{_SHAPE} ({error}).") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refused(MALFORMED_JSON) from None
    if len(call.items) > MAX_ITEMS:
        raise Refused(TOO_MANY_ITEMS)
    return call


_SHAPE: Final = 'The body is {"items": […]}, and may have "atomic"'
_MEDIA_TYPES: Final = (
    "Send JSON, with the header Content-Type: application/json, or a stream of JSON "
    "Lines, with application/jsonl."
)


def _answer(
    results: Sequence[ItemResult], request: Request, *, is_atomic: bool = False
) -> Response:
    summary = Summary()
    summary.count(results)
    if is_atomic and summary.failed:
        kind = ERRORS[BulkRejected.code]
        return problem(kind, scope=request.scope, members={"results": results})
    body = msgspec.json.encode(Answer(summary, results))
    return Response(body, media_type="application/json")


def _media_type(scope: Scope) -> str:
    header = MailMessage()
    content_type = dict(scope["headers"]).get(b"content-type", b"")
    header["content-type"] = content_type.decode("latin-1")
    return header.get_content_type() if content_type else ""
