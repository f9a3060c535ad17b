"""Visits of a domain without a code, in front of the rest of the product.

::

    GET /         ─▶ the domain's `root_url`
    GET /no/code  ─▶ the domain's `unknown_path_url`
    anything else ─▶ as it would be without domains
"""

from typing import Final

from waypost.domain.analytics.orphans import OrphanKind, orphan_path
from waypost.domain.domains.domains import DomainState
from waypost.edge.domains.visited import VisitedDomains, found_at
from waypost.http.answers import send_answer
from waypost.http.asgi import Application, Receive, Scope, Send

_VISITS: Final = frozenset({"GET", "HEAD"})


class DomainPaths:
    """Sends visitors on where a domain says so, and passes all else to *fallback*."""

    def __init__(self, domains: VisitedDomains, fallback: Application) -> None:
        self._domains = domains
        self._fallback = fallback

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        url = self._url(scope)
        if url is None:
            await self._fallback(scope, receive, send)
        else:
            await send_answer(send, found_at(url))

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
