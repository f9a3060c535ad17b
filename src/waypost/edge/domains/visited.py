"""The domain of a visit, and the key of the link that it asks for.

Where a server has the domain of `BASE_URL` alone, `is_plain` says so, and a code is its
own key: such a server does nothing of this at a redirect.
"""

from collections.abc import Mapping
from typing import Final

from waypost.domain.domains.domains import DomainState, LinkDomain
from waypost.domain.links import key_of
from waypost.domain.options import RedirectStatus
from waypost.domain.verdict import Outcome
from waypost.edge.answers import REFUSALS, UNKNOWN_CODE, Refusal, after_form, redirect
from waypost.edge.domains.hosts import host_said
from waypost.http.answers import Answer
from waypost.http.asgi import Scope
from waypost.http.client_address import TrustedProxies
from waypost.services.domains.known import KnownDomains

NO_KEY: Final = ""
"""The key of no link."""
_OVER: Final = (REFUSALS[Outcome.EXPIRED], REFUSALS[Outcome.EXHAUSTED])


class VisitedDomains:
    """Knows the domain of each request."""

    __slots__ = ("_known", "_proxies")

    def __init__(self, known: KnownDomains, *, proxies: TrustedProxies) -> None:
        self._known = known
        self._proxies = proxies

    def quick_key(
        self, code: str, headers: Mapping[bytes, bytes], *, behind_proxy: bool
    ) -> str:
        """Return the key of the link that a plain request asks for by its raw *code*.

        `NO_KEY`: it takes more than this to answer.
        """
        if "/" in code:  # would be another domain's key
            return NO_KEY
        host = headers.get(b"host", b"")
        if behind_proxy:
            asked = host_said(
                host,
                headers.get(b"x-forwarded-host", b""),
                headers.get(b"forwarded", b""),
            )
        else:
            asked = host.decode("latin-1")
        domain = self._known.table.visited(asked)
        if domain.state is DomainState.DISABLED:
            return NO_KEY
        return key_of(domain.stored(code), domain.host)

    def key(self, code: str, scope: Scope) -> str | None:
        """Return the key of the link that a request asks for by *code*.

        None: its domain is disabled.
        """
        domain = self.of(scope)
        if domain.state is DomainState.DISABLED:
            return None
        return key_of(domain.stored(code), domain.host)

    def of(self, scope: Scope) -> LinkDomain:
        """Return the domain that a request is for."""
        table = self._known.table
        if not table.others:
            return table.default
        return table.visited(self._asked(scope))

    def is_named_by_host(self, scope: Scope) -> bool:
        """Return whether a cache in front knows the domain of a request by `Host`.

        Most caches keep answers by that and the path alone: a visitor who makes
        `X-Forwarded-Host` up must not choose what others get.
        """
        table = self._known.table
        if not table.others:
            return True
        host = _header(scope, b"host").decode("latin-1")
        return table.visited(host).host == self.of(scope).host

    def root_of(self, domain: str) -> str:
        """Return where visitors reach a domain, without a slash at the end."""
        return self._known.table.root_of(domain)

    def with_links(self, domain: str) -> LinkDomain:
        """Return what holds for links that are stored with *domain*."""
        return self._known.table.of(domain)

    def instead_of(self, refusal: Refusal, scope: Scope) -> Answer | None:
        """Return where a domain sends visitors who would get *refusal*; None: nowhere.

        That are visitors of a code that no link has, and of a link that is over.
        """
        domain = self.of(scope)
        url = None
        if refusal is UNKNOWN_CODE:
            url = domain.not_found_url
        elif refusal in _OVER:
            url = domain.expired_url
        if url is None or domain.state is DomainState.DISABLED:
            return None
        answer = found_at(url)
        return after_form(answer) if scope["method"] == "POST" else answer

    def _asked(self, scope: Scope) -> str:
        peer = scope["client"][0] if scope.get("client") else ""
        host = _header(scope, b"host")
        if not self._proxies.trusts(peer):
            return host.decode("latin-1")
        return host_said(
            host, _header(scope, b"x-forwarded-host"), _header(scope, b"forwarded")
        )


def _header(scope: Scope, wanted: bytes) -> bytes:
    return next((value for name, value in scope["headers"] if name == wanted), b"")


def found_at(url: str) -> Answer:
    """Return the answer that sends a visitor without a link to *url*."""
    return redirect(url.encode("ascii"), status=RedirectStatus.FOUND)
