"""A stream of items in, and of results out: constant memory, however many they are.

::

    lines ─▶ read and checked ─▶ one batch waits ─▶ carried out ─▶ results sent
                  ▲                                                    │
                  └─ reads no further while the client takes no results ┘
"""

import asyncio
from collections.abc import Sequence
from contextlib import aclosing
from http import HTTPStatus
from typing import Final

import msgspec
from fastapi import Request, Response
from starlette.types import Receive, Scope, Send

from waypost.api.access.guard import cause_of, principal_anew
from waypost.api.bulk.bodies import ErrorResult, Summary
from waypost.api.bulk.lines import lines_in
from waypost.api.bulk.reading import ItemReader, ReadItem
from waypost.api.bulk.running import MOST_TOGETHER, results_of
from waypost.api.context import ApiContext
from waypost.domain.errors import DomainError
from waypost.http.answers import Refused
from waypost.http.statuses import ERRORS

JSON_LINES: Final = "application/jsonl"

_encode = msgspec.json.Encoder().encode
_encode_lines = msgspec.json.Encoder().encode_lines


class _End(msgspec.Struct, frozen=True, omit_defaults=True):
    """The last line."""

    summary: Summary
    error: ErrorResult | None = None
    """Why the stream was not read to its end."""


class BulkStream(Response):
    """The answer to a stream of items, which is read while it is sent."""

    def __init__(self, request: Request, context: ApiContext) -> None:
        super().__init__(media_type=JSON_LINES)
        self._request = request
        self._context = context
        self._batches: asyncio.Queue[Sequence[ReadItem] | Exception | None]
        self._summary = Summary()

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Carry out what comes, and send what became of it."""
        with self._context.streams.bulk.one():
            await self._serve(receive, send)

    async def _serve(self, receive: Receive, send: Send) -> None:
        self._batches = asyncio.Queue(maxsize=1)
        reading = asyncio.create_task(self._read(receive))
        try:
            await send(
                {
                    "type": "http.response.start",
                    "status": HTTPStatus.OK.value,
                    "headers": [(b"content-type", JSON_LINES.encode())],
                }
            )
            fault = await self._answer(send)
        finally:
            reading.cancel()
        end = _End(self._summary, error=fault)
        body = _encode(end) + b"\n"
        await send({"type": "http.response.body", "body": body})

    async def _read(self, receive: Receive) -> None:
        """Put what comes into the queue, then None, or why there is no more."""
        try:
            async with aclosing(lines_in(receive, most=MOST_TOGETHER)) as batches:
                async for lines in batches:
                    # Each time, as a key may be revoked meanwhile.
                    principal = await principal_anew(self._request)
                    reader = ItemReader(self._context, principal)
                    await self._batches.put(await reader.read(lines))
        except (Refused, DomainError) as fault:
            await self._batches.put(fault)
        else:
            await self._batches.put(None)

    async def _answer(self, send: Send) -> ErrorResult | None:
        """Send the results of all batches; return why there were no more of them."""
        number = 0
        while isinstance(items := await self._batches.get(), Sequence):
            results = await results_of(
                items,
                by=cause_of(self._request),
                context=self._context,
                first=number,
            )
            number += len(items)
            self._summary.count(results)
            body = _encode_lines(results)
            await send({"type": "http.response.body", "body": body, "more_body": True})
        return None if items is None else _fault(items)


def _fault(error: Exception) -> ErrorResult:
    match error:
        case Refused():
            code = error.kind.code
        case DomainError():
            code = error.code
        case _:
            raise error
    return ErrorResult(code, int(ERRORS[code].status), str(error))
