"""Limits on the size of a request's body, and on the time in which it may arrive."""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from waypost.http.answers import Refused
from waypost.http.asgi import Application, Message, Receive, Scope, Send
from waypost.http.headers import CLOSE
from waypost.http.statuses import BODY_TOO_LARGE, MALFORMED_JSON, REQUEST_TIMEOUT

MAX_BODY_BYTES: Final = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyBound:
    """How large a body may be."""

    most_bytes: int | None
    """None: of any size, as it is read piece by piece. Then the time in which it may
    arrive is that of each piece."""


ORDINARY: Final = BodyBound(most_bytes=MAX_BODY_BYTES)
"""The bound of all bodies that have none of their own."""


class BodyLimit:
    """ASGI middleware that raises `Refused` where the application reads the body."""

    def __init__(
        self,
        app: Application,
        *,
        timeout_seconds: float,
        others: Mapping[str, Callable[[Scope], BodyBound]],
        larger: Mapping[str, BodyBound] | None = None,
    ) -> None:
        """Bound each body by `ORDINARY`, but those of *others* by what these return.

        They are named by their paths, and get the scope of the request. Those of
        *larger* are named by a path, or by how paths begin, with a slash at the end.
        """
        self._larger = larger or {}
        self._app = app
        self._timeout_seconds = timeout_seconds
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http":
            bound_of, seconds = self._others.get(scope["path"]), self._timeout_seconds
            bound = bound_of(scope) if bound_of else self._bound(scope["path"])
            receive = _BoundedBody(scope, receive, bound, seconds).receive
        await self._app(scope, receive, send)

    def _bound(self, path: str) -> BodyBound:
        start = path[: path.rfind("/") + 1]
        return self._larger.get(path) or self._larger.get(start) or ORDINARY


async def bounded_body(
    scope: Scope, receive: Receive, *, timeout_seconds: float
) -> bytes:
    """Return the body of a request.

    Raises:
        Refused: It is too large, not here in time, or not complete.
    """
    body = _BoundedBody(scope, receive, ORDINARY, timeout_seconds)
    return await whole_body(body.receive)


async def whole_body(receive: Receive) -> bytes:
    """Return the body of a request.

    Raises:
        Refused: The client went away before the end of it.
    """
    parts: list[bytes] = []
    more = True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(MALFORMED_JSON)
        parts.append(message.get("body", b""))
        more = message.get("more_body", False)
    return b"".join(parts)


class _BoundedBody:
    """The body of one request, as it comes in."""

    def __init__(
        self, scope: Scope, receive: Receive, bound: BodyBound, timeout_seconds: float
    ) -> None:
        self._scope = scope
        self._receive = receive
        self._most_bytes = bound.most_bytes
        self._timeout_seconds = timeout_seconds
        self._deadline: float | None = None
        self._size = 0
        self._is_complete = False

    async def receive(self) -> Message:
        if self._is_complete:
            # What comes now is the end of the connection, which has no deadline.
            return await self._receive()
        if self._deadline is None:
            self._deadline = asyncio.get_running_loop().time() + self._timeout_seconds
            self._check(_announced_size(self._scope))
        try:
            async with asyncio.timeout_at(self._deadline):
                message = await self._receive()
        except TimeoutError:
            raise Refused(REQUEST_TIMEOUT, headers=(CLOSE,)) from None
        self._size += len(message.get("body", b""))
        self._check(self._size)
        self._is_complete = not message.get("more_body", False)
        if self._most_bytes is None:
            self._deadline = None
        return message

    def _check(self, size: int) -> None:
        if self._most_bytes is not None and size > self._most_bytes:
            kibibytes = f"{self._most_bytes // 1024:,} KiB"
            detail = f"The body is larger than {kibibytes}."
            raise Refused(replace(BODY_TOO_LARGE, detail=detail))


def _announced_size(scope: Scope) -> int:
    """Return the `Content-Length`, which may be absent, and may be wrong."""
    announced = dict(scope["headers"]).get(b"content-length", b"")
    # Bounded, because a number of thousands of digits takes long to convert.
    return int(announced[:20]) if announced.isdigit() else 0
