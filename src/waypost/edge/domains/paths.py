"""Visits of a domain without a code, in front of the rest of the product.

::

    GET /                    ─▶ the domain's `root_url`
    GET /.well-known/{name}  ─▶ the domain's document of this name
    GET /no/code             ─▶ the domain's `unknown_path_url`
    anything else            ─▶ as it would be without domains
"""

from typing import Final

from waypost.domain.analytics.orphans import OrphanKind, orphan_path
from waypost.domain.domains.domains import DomainState
from waypost.domain.domains.well_known import PREFIX
from waypost.edge.domains.visited import VisitedDomains, found_at
from waypost.http.answers import Answer, send_answer
from waypost.http.asgi import Application, Receive, Scope, Send
from waypost.http.headers import JSON, NO_SNIFFING, NO_STORE, Header

_VISITS: Final = frozenset({"GET", "HEAD"})
_CACHED: Final[Header] = (b"cache-control", b"public, max-age=300")
"""Of documents: those who look for them ask again after days."""


class DomainPaths:
    """Sends visitors on where a domain says so, and passes all else to *fallback*."""

    def __init__(self, domains: VisitedDomains, fallback: Application) -> None:
        self._domains = domains
        self._fallback = fallback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if (document := self._document(scope)) is not None:
            await send_answer(send, document, is_head=scope["method"] == "HEAD")
            return
        url = self._url(scope)
        if url is None:
            await self._fallback(scope, receive, send)
        else:
            await send_answer(send, found_at(url))

    def _document(self, scope: Scope) -> Answer | None:
        """Return the document that a request asks for; None: it asks for none."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            return None
        domain = self._domains.of(scope)
        text = dict(domain.well_known).get(scope["path"].removeprefix(PREFIX))
        is_off = domain.state is DomainState.DISABLED
        if text is None or is_off or scope["method"] not in _VISITS:
            return None
        body = text.encode()
        is_public = self._domains.is_named_by_host(scope)
        return Answer(
            200,
            [
                (b"content-type", JSON.encode()),
                (b"content-length", str(len(body)).encode()),
                _CACHED if is_public else NO_STORE,
                NO_SNIFFING,
            ],
            body,
        )

    def _url(self, scope: Scope) -> str | None:
        """Return where a visitor goes; None: it is no visit, or nothing is said."""
        if scope["type"] != "http" or scope["method"] not in _VISITS:
            return None
        found = orphan_path(scope["path"])
        if found is None:
            return None
        domain = self._domains.of(scope)
        if domain.state is DomainState.DISABLED:
            return None
        is_root = found[0] is OrphanKind.BASE_URL
        return domain.root_url if is_root else domain.unknown_path_url
