"""HEAD on every route that has GET: the same answer without its body."""

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

        async def send_head(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        scope["method"] = "GET"
        await self._app(scope, receive, send_head)
