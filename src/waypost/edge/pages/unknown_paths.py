"""What an edge without the rest of the product answers to paths that it does not have.

::

    /livez, /readyz, /metrics ─▶ the monitor
    anything else             ─▶ 404, as a page for people, a problem for programs
"""

from collections.abc import Set as AbstractSet

from waypost.edge.answers import UNKNOWN_PATH
from waypost.http.answers import send_answer
from waypost.http.asgi import Application, Receive, Scope, Send


class UnknownPaths:
    """Refuses all paths but those in *known*, which it passes on to *fallback*."""

    def __init__(self, known: AbstractSet[str], fallback: Application) -> None:
        self._known = known
        self._fallback = fallback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["path"] in self._known:
            await self._fallback(scope, receive, send)
            return
        accept = dict(scope["headers"]).get(b"accept", b"")
        answer = await UNKNOWN_PATH.for_accept(accept)
        await send_answer(send, answer, is_head=scope["method"] == "HEAD")
