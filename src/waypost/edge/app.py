"""The redirect as an ASGI application, in front of the rest of the product.

::

    GET /{code} ─▶ held ready? ─yes─▶ record the click ─▶ 307   nothing is awaited
                        │no
                        ▼
                   one look-up ─▶ found ─▶ record the click ─▶ 307
                        ├───────▶ no such link ─▶ 404
                        └───────▶ store away ───▶ 503, Retry-After
    anything else ─▶ the API
"""

from waypost.domain.codes import is_reserved, may_be_code
from waypost.domain.errors import BackendUnavailable
from waypost.edge.answers import (
    METHOD_NOT_ALLOWED,
    REDIRECT_HEADERS,
    UNKNOWN_CODE,
    Refusal,
    unavailable,
)
from waypost.edge.evidence import VALUE_LIMIT, cut_headers
from waypost.edge.lookups import Lookups
from waypost.edge.redirector import Redirector
from waypost.http.answers import Answer, send_answer
from waypost.http.asgi import Application, Receive, Scope, Send
from waypost.http.client_address import TrustedProxies
from waypost.telemetry.metrics import Tally


class EdgeApp:
    """Answers short codes itself and passes everything else on to *fallback*."""

    def __init__(
        self,
        *,
        redirector: Redirector,
        lookups: Lookups,
        proxies: TrustedProxies,
        tally: Tally,
        fallback: Application,
    ) -> None:
        self._redirector = redirector
        self._lookups = lookups
        self._proxies = proxies
        self._tally = tally
        self._fallback = fallback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        code = code_in(scope["path"]) if scope["type"] == "http" else None
        if code is None:
            await self._fallback(scope, receive, send)
        elif scope["method"] == "GET":
            await self._follow(code, scope, send)
        elif scope["method"] == "HEAD":
            await self._look(code, scope, send)
        else:
            await _refuse(METHOD_NOT_ALLOWED, scope, send)

    async def _follow(self, code: str, scope: Scope, send: Send) -> None:
        headers = cut_headers(scope["headers"])
        query = scope["query_string"][:VALUE_LIMIT]
        address = self._address(scope)
        location = self._redirector.hit(code, query, headers, address)
        if location is None:
            try:
                entry = await self._lookups.find(code)
            except BackendUnavailable as error:
                self._tally.unavailable += 1
                await _refuse(unavailable(error), scope, send)
                return
            if entry is None:
                await _refuse(UNKNOWN_CODE, scope, send)
                return
            location = self._redirector.looked_up(entry, query, headers, address)
        self._redirector.commit()
        await send_answer(send, _redirect(location))

    async def _look(self, code: str, scope: Scope, send: Send) -> None:
        """Answer HEAD like GET, but count nothing: nobody went anywhere."""
        try:
            entry = await self._lookups.find(code)
        except BackendUnavailable as error:
            await _refuse(unavailable(error), scope, send)
        else:
            if entry is None:
                await _refuse(UNKNOWN_CODE, scope, send)
            else:
                await send_answer(send, _redirect(entry.location))

    def _address(self, scope: Scope) -> str:
        peer = scope["client"][0] if scope.get("client") else ""
        # Each proxy may have added to the header, or another header: all are one list.
        forwarded_for = b",".join(
            value for name, value in scope["headers"] if name == b"x-forwarded-for"
        )
        if not forwarded_for or not self._proxies.trusts(peer):
            return peer
        return self._proxies.client_address(peer, forwarded_for)


def code_in(path: str) -> str | None:
    """Return the short code that *path* asks for, or None if it is no code's path.

    One slash at the end is forgiven: people and e-mail programs add it.
    """
    segment = path[1:].removesuffix("/")
    if may_be_code(segment) and not is_reserved(segment):
        return segment
    return None


def _redirect(location: bytes) -> Answer:
    return Answer(307, [(b"location", location), *REDIRECT_HEADERS], b"")


async def _refuse(refusal: Refusal, scope: Scope, send: Send) -> None:
    accept = dict(scope["headers"]).get(b"accept", b"")
    await send_answer(send, refusal.for_accept(accept))
