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
from typing import Final, TypeAlias

import msgspec
from fastapi import Request, Response
from starlette.types import Receive, Scope, Send

from waypost.api.bulk.batches import batches_of
from waypost.api.bulk.bodies import ErrorResult, ItemResult, Summary
from waypost.api.bulk.call import MOST_TOGETHER, Batch, Call
from waypost.api.bulk.lines import Lines
from waypost.api.context import context_of
from waypost.domain.errors import DomainError
from waypost.http.answers import Refused
from waypost.http.statuses import ERRORS

Results: TypeAlias = Sequence[ItemResult]
Read: TypeAlias = Batch | Results | Exception | None

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

    def __init__(self, request: Request, call: Call) -> None:
        super().__init__(media_type=JSON_LINES)
        self._request = request
        self._call = call
        self._summary = Summary()
        self._batches: asyncio.Queue[Read] = asyncio.Queue(maxsize=1)

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Carry out what comes, and send what became of it."""
        with context_of(self._request).streams.bulk.one():
            reading = asyncio.create_task(self._read(Lines(receive)))
            try:
                await self._serve(send)
            finally:
                reading.cancel()

    async def _serve(self, send: Send) -> None:
        await send(
            {
                "type": "http.response.start",
                "status": HTTPStatus.OK.value,
                "headers": [(b"content-type", JSON_LINES.encode())],
            }
        )
        fault = await self._answer(send)
        end = _encode(_End(self._summary, error=fault)) + b"\n"
        await send({"type": "http.response.body", "body": end})

    async def _read(self, lines: Lines) -> None:
        """Put what comes into the queue, then None, or why there is no more."""
        batches = batches_of(
            lines, call=self._call, most=MOST_TOGETHER, request=self._request
        )
        end: Read = None
        try:
            async with aclosing(batches):
                async for batch in batches:
                    await self._batches.put(batch)
        except Exception as fault:  # noqa: BLE001  # goes to the one who waits for it
            end = fault
        await self._batches.put(end)

    async def _answer(self, send: Send) -> ErrorResult | None:
        """Send the results of all batches; return why there were no more of them."""
        while (batch := await self._batches.get()) is not None:
            try:
                results = await self._results(batch)
            except (Refused, DomainError) as error:
                return _fault(error)
            self._summary.count(results)
            body = _encode_lines(results)
            await send({"type": "http.response.body", "body": body, "more_body": True})
        return None

    async def _results(self, batch: Batch | Results | Exception) -> Results:
        if isinstance(batch, Exception):
            raise batch
        if isinstance(batch, Batch):
            return await self._call.results_of(batch)
        return batch


def _fault(error: Refused | DomainError) -> ErrorResult:
    code = error.kind.code if isinstance(error, Refused) else error.code
    return ErrorResult(code, int(ERRORS[code].status), str(error))
