"""Answers that are sent piece by piece, for as long as their readers read.

A reader that takes nothing is disconnected by the connection itself.
"""

from collections.abc import AsyncGenerator, Mapping
from contextlib import ExitStack, aclosing
from http import HTTPStatus
from typing import Self

from starlette.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from waypost.api.documents.openapi import Responses, refusals
from waypost.api.stream_limits import StreamLimit
from waypost.http.bodies import whole_body


class StreamAnswer(StreamingResponse):
    """A stream that holds a place until it ends, or its reader goes away."""

    def __init__(
        self,
        pieces: AsyncGenerator[bytes],
        *,
        place: ExitStack,
        media_type: str,
        headers: Mapping[str, str],
    ) -> None:
        super().__init__(pieces, media_type=media_type, headers=headers)
        self._pieces = pieces
        self._place = place

    @classmethod
    async def begin(
        cls,
        pieces: AsyncGenerator[bytes],
        *,
        limit: StreamLimit,
        media_type: str,
        headers: Mapping[str, str] | None = None,
    ) -> Self:
        """Return the answer once there is something to send.

        What is raised before is a refusal with a status of its own.

        Raises:
            TooManyStreams: All places are taken.
        """
        with ExitStack() as place:
            place.enter_context(limit.one())
            first = await anext(pieces)
            return cls(
                _with_first(first, pieces),
                place=place.pop_all(),
                media_type=media_type,
                headers=headers or {},
            )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send all pieces."""
        with self._place:
            async with aclosing(self._pieces):
                # Here, because a body cannot be refused once the answer has begun.
                await whole_body(receive)
                await super().__call__(scope, receive, send)


def stream_answers(examples: Mapping[str, str], *codes: str) -> Responses:
    """Return the answers of a route that streams, by media type, and its refusals."""
    content = {
        content_type: {
            "schema": {"type": "string"},
            "examples": {"stream": {"value": example}},
        }
        for content_type, example in examples.items()
    }
    return {
        HTTPStatus.OK.value: {"content": content},
        **refusals("too-many-streams", *codes),
    }


async def _with_first(
    first: bytes, others: AsyncGenerator[bytes]
) -> AsyncGenerator[bytes]:
    async with aclosing(others):
        yield first
        async for piece in others:
            yield piece
