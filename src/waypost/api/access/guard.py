"""Each route of the API says which scope it needs, once, and is guarded by that.

`openapi_extra=needs(KeyScope.ADMIN)` is what the OpenAPI document shows, and what a
`GuardedRoute` reads. The key is checked before the body is read.
"""

from functools import cached_property
from typing import ClassVar, Final

from fastapi import Request
from starlette.types import Receive, Scope, Send

from waypost.api.access.bounds import check_query
from waypost.api.access.dry_runs import DryAnswer, begin_dry_run
from waypost.api.access.limiting import (
    check_guess,
    limit_address,
    limit_key,
    limit_wrong_key,
)
from waypost.api.access.own_links import PRINCIPAL_KEY, check_route
from waypost.api.access.parameters import refuse_unknown
from waypost.api.access.presented import key_in
from waypost.api.documents.openapi import Document
from waypost.api.late.route import LateRoute
from waypost.domain.access.key_text import PREFIX
from waypost.domain.access.keys import Principal
from waypost.domain.access.scopes import KeyScope
from waypost.domain.audit.entries import WITHOUT_KEY, Cause
from waypost.domain.errors import (
    DomainNotAllowed,
    KeyInactive,
    NotAuthenticated,
    ScopeMissing,
)
from waypost.services.access.context import AccessContext
from waypost.services.domains.bounds import Bound, bound_to
from waypost.telemetry.request_ids import REQUEST_ID_KEY

BEARER_SCHEME: Final = "key"
HEADER_SCHEME: Final = "key_header"
"""What the OpenAPI document calls the two ways to send a key."""

_SCOPES: Final = {scope.value: scope for scope in KeyScope}
KEY_REFUSALS: Final = (
    "not-authenticated",
    "key-inactive",
    "scope-missing",
    "domain-not-allowed",
    "own-links-only",
    "rate-limited",
    "query-too-long",
    "unknown-parameter",
)
"""What every route that needs a scope may be refused with."""


def needs(scope: KeyScope | None) -> Document:
    """Return FastAPI's `openapi_extra` of a route that needs *scope*; None: any key."""
    scopes = [scope.value] if scope else []
    return {"security": [{BEARER_SCHEME: scopes}, {HEADER_SCHEME: scopes}]}


def needed(operation: Document) -> list[str] | None:
    """Return the scopes that an operation's `needs` names; None: it needs no key."""
    alternatives = operation.get("security")
    scopes: list[str] | None = alternatives[0][BEARER_SCHEME] if alternatives else None
    return scopes


class GuardedRoute(LateRoute):
    """A route that is served only to those whose key has the scope that it needs.

    A key that is bound to domains has to have all domains of this server.
    """

    is_of_domains: ClassVar[bool] = False
    """Whether the function of the route looks after keys that are bound to domains."""

    @cached_property
    def scope(self) -> KeyScope | None:
        """The scope that it needs; None: any key will do."""
        scopes = needed(self.openapi_extra or {})
        assert scopes is not None, f"{self.path} does not say which scope it needs"
        return _SCOPES[scopes[0]] if scopes else None

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; the application handles exceptions."""
        if scope["method"] in (self.methods or ()):
            await self.authorise(scope)
            if begin_dry_run(self, scope):
                send = DryAnswer(send, self.operation_id, scope).send
            refuse_unknown(self, scope)
        await super().handle(scope, receive, send)

    async def authorise(self, scope: Scope) -> None:
        """Note who asks, in the *scope* of the request.

        Raises:
            NotAuthenticated: It brings no key, or one that is not known.
            KeyInactive: The key was revoked, or has expired.
            ScopeMissing: The key lacks the scope.
            DomainNotAllowed: The key is for links of other domains.
            OwnLinksOnly: The key is for its own links.
            LinkNotFound: It is, and another one has made this link.
            Refused: The query is too long.
            RateLimited: The key or the client makes too many requests.
            BackendUnavailable: The store of keys does not answer.
        """
        check_query(scope)
        access: AccessContext = scope["app"].state.context.access
        text = key_in(scope)
        is_open = self.scope is KeyScope.LINKS_CREATE and access.is_creation_public
        if is_open and not text.startswith(PREFIX):
            await limit_address(scope)
            return
        principal = await recognised(scope, text, access)
        scope[PRINCIPAL_KEY] = principal
        await limit_key(scope, principal)
        if principal.own_links:
            await check_route(self, scope, scope["app"].state.context.links)
        if self.scope is None or is_open:
            return
        check_scope(principal, self.scope, access, is_of_domains=self.is_of_domains)


class DomainRoute(GuardedRoute):
    """A route that itself heeds the domains to which a key is bound."""

    is_of_domains = True


async def require(request: Request, scope: KeyScope) -> None:
    """Check that a request's key permits *scope* too, besides what its route needs.

    The route looks after keys that are bound to domains.

    Raises:
        As `GuardedRoute.authorise`.
    """
    access: AccessContext = request.app.state.context.access
    check_scope(await principal_anew(request), scope, access, is_of_domains=True)


async def principal_anew(request: Request) -> Principal:
    """Return who makes a request, if the key is still good.

    Raises:
        NotAuthenticated: It brings no key, or one that is not known.
        KeyInactive: The key was revoked, or has expired.
        BackendUnavailable: The store of keys does not answer.
    """
    access: AccessContext = request.app.state.context.access
    return await access.authenticator.principal(key_in(request.scope))


def principal_of(request: Request) -> Principal:
    """Return who makes a request of a route that needs a key."""
    principal: Principal = request.scope[PRINCIPAL_KEY]
    return principal


async def recognised(scope: Scope, text: str, access: AccessContext) -> Principal:
    """Return who asks with the key *text*; what is no key counts against the client.

    Raises:
        As `GuardedRoute.authorise`.
    """
    if text and not text.startswith(PREFIX):
        # It may be a guess of the `ADMIN_TOKEN`, which a person may have chosen. The
        # texts of keys are random: no number of guesses finds one, and a right one is
        # accepted, however many wrong ones the same client has sent.
        check_guess(scope)
    try:
        return await access.authenticator.principal(text)
    except NotAuthenticated:
        await (limit_wrong_key(scope) if text else limit_address(scope))
        raise
    except KeyInactive:
        await limit_address(scope)
        raise


def cause_of(request: Request) -> Cause:
    """Return who makes a request, and its id, for the audit trail."""
    principal = asking(request)
    actor = WITHOUT_KEY if principal is None else principal.actor
    return Cause(actor, request.scope.get(REQUEST_ID_KEY))


def check_scope(
    principal: Principal,
    scope: KeyScope,
    access: AccessContext,
    *,
    is_of_domains: bool = False,
) -> None:
    """Check that *principal* may do what needs *scope*, with the links of all domains.

    The latter is left to the caller if *is_of_domains*.

    Raises:
        ScopeMissing: Its key lacks the scope.
        DomainNotAllowed: Its key is for links of other domains.
    """
    if scope not in principal.granted:
        raise ScopeMissing(scope)
    if not is_of_domains:
        hosts = {access.default_domain, *access.domains.table.others}
        for host in sorted(hosts):
            check_host(principal, host)


def check_host(principal: Principal | None, host: str) -> None:
    """Refuse a key that is bound to other domains than *host*.

    Raises:
        DomainNotAllowed: It is.
    """
    if principal and principal.domains and host not in principal.domains:
        names = ", ".join(principal.domains)
        raise DomainNotAllowed(
            f"This key is for links of {names}, and these are links of {host}."
        )


def bound_in(request: Request) -> Bound:
    """Return the domains to which the key of a request is bound; None: it is not."""
    access: AccessContext = request.app.state.context.access
    return bound_of(asking(request), access)


def bound_of(principal: Principal | None, access: AccessContext) -> Bound:
    """Return the domains to which *principal* is bound; None: to none."""
    if principal is None or not principal.domains:
        return None
    return bound_to(principal.domains, access.domains.table)


def asking(request: Request) -> Principal | None:
    """Return who makes a request; None: a client without a key."""
    principal: Principal | None = request.scope.get(PRINCIPAL_KEY)
    return principal
