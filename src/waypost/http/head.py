"""HEAD on every route that has GET: the same answer without its body."""

import asyncio

from waypost.http.asgi import Application, Message, Receive, Scope, Send


class HeadAsGet:
    """ASGI middleware that serves HEAD by the route of GET.

    It stands inside `RequestLog`, whose scope is a copy that may be changed.
    """

    def __init__(self, app: Application) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        head = _Head(receive, send)
        scope["method"] = "GET"
        await self._app(scope, head.receive, head.send)


class _Head:
    """The answer to one request, which ends where its body begins.

    The application is then disconnected, so that a stream does not go on.
    """

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self._is_received = False
        self._is_sent = asyncio.Event()

    async def receive(self) -> Message:
        if self._is_received:
            await self._is_sent.wait()
            return {"type": "http.disconnect"}
        message = await self._receive()
        self._is_received = not message.get("more_body", False)
        return message

    async def send(self, message: Message) -> None:
        if message["type"] != "http.response.body":
            await self._send(message)
        elif not self._is_sent.is_set():
            self._is_sent.set()
            await self._send({"type": "http.response.body", "body": b""})
