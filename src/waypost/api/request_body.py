"""A bound on how large a request's body may be, and on how slowly it may arrive."""

import asyncio
from http import HTTPStatus
from typing import Final

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY_BYTES: Final = 64 * 1024


class BodyLimit:
    """ASGI middleware that raises 413 or 408 where the application reads the body."""

    def __init__(self, app: ASGIApp, *, timeout_seconds: float) -> None:
        self._app = app
        self._timeout_seconds = timeout_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http":
            receive = _BoundedBody(scope, receive, self._timeout_seconds).receive
        await self._app(scope, receive, send)


class _BoundedBody:
    """The body of one request, as it comes in."""

    def __init__(self, scope: Scope, receive: Receive, timeout_seconds: float) -> None:
        self._scope = scope
        self._receive = receive
        self._timeout_seconds = timeout_seconds
        self._deadline: float | None = None
        self._size = 0

    async def receive(self) -> Message:
        if self._deadline is None:
            self._deadline = asyncio.get_running_loop().time() + self._timeout_seconds
            self._check(_announced_size(self._scope))
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(
                HTTPStatus.REQUEST_TIMEOUT, headers={"Connection": "close"}
            ) from None
        self._size += len(message.get("body", b""))
        self._check(self._size)
        return message

    def _check(self, size: int) -> None:
        if size > MAX_BODY_BYTES:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)


def _announced_size(scope: Scope) -> int:
    """Return the `Content-Length`, which may be absent, and may be a lie."""
    announced = dict(scope["headers"]).get(b"content-length", b"")
    # Bounded, because a number of thousands of digits takes long to convert.
    return int(announced[:20]) if announced.isdigit() else 0
