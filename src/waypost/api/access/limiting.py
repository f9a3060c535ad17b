"""Limits of how often the API is called, and what every answer says of them.

Redirects are not limited. The headers are those of the IETF draft
`draft-ietf-httpapi-ratelimit-headers`.
"""

from collections.abc import Iterator
from math import ceil
from typing import Final

from starlette.types import Receive, Scope, Send

from waypost.api.access.bounds import check_query
from waypost.api.access.dry_runs import begin_dry_run
from waypost.api.late.route import LateRoute
from waypost.domain.access.keys import Principal
from waypost.domain.access.limits import Decision, client_of
from waypost.domain.errors import RateLimited
from waypost.services.access.limits import AccessLimits

_DECISION_KEY: Final = "waypost.rate_limit"
"""Where a request's scope carries the decision of the limit that it counts against."""


class OpenRoute(LateRoute):
    """A route that needs no key, limited for each client address."""

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; the application handles exceptions."""
        if scope["method"] in (self.methods or ()):
            check_query(scope)
            await limit_address(scope)
            begin_dry_run(self, scope)
        await super().handle(scope, receive, send)


async def limit_key(scope: Scope, principal: Principal) -> None:
    """Count a request of *principal*.

    Raises:
        RateLimited: There are too many.
    """
    _heed(scope, await _limits(scope).count_key(principal))


async def limit_address(scope: Scope) -> None:
    """Count a request without a key, or with one that is not accepted any more.

    Raises:
        RateLimited: There are too many of this client.
    """
    limits = _limits(scope)
    if limits.addresses is not None:
        _heed(scope, await limits.count_address(client_in(scope)))


async def limit_wrong_key(scope: Scope) -> None:
    """Count a request with a key that there is not.

    Raises:
        RateLimited: There are too many of this client.
    """
    limits = _limits(scope)
    if limits.wrong_keys is not None:
        _heed(scope, await limits.count_wrong_key(client_in(scope)))


def check_guess(scope: Scope) -> None:
    """Refuse a guess of a client that has sent too many wrong keys.

    Raises:
        RateLimited: It has.
    """
    limits = _limits(scope)
    if limits.wrong_keys is not None:
        _heed(scope, limits.refused_guess(client_in(scope)))


def client_in(scope: Scope) -> str:
    """Return what stands for the client of a request, as trusted proxies say."""
    address, _ = scope["app"].state.context.proxies.visitor_in(scope)
    return client_of(address)


def limit_headers(scope: Scope) -> Iterator[tuple[bytes, bytes]]:
    """Yield the headers that say which limit a request counted against, if one."""
    decision: Decision | None = scope.get(_DECISION_KEY)
    if decision is None:
        return
    policy = decision.policy
    name, rate = policy.name, policy.rate
    yield b"ratelimit-policy", f'"{name}";q={rate.quota};w={rate.seconds}'.encode()
    left = max(0, ceil(decision.reset_seconds))
    yield b"ratelimit", f'"{name}";r={decision.remaining};t={left}'.encode()


def _limits(scope: Scope) -> AccessLimits:
    limits: AccessLimits = scope["app"].state.context.access.limits
    return limits


def _heed(scope: Scope, decision: Decision | None) -> None:
    if decision is None:
        return
    scope[_DECISION_KEY] = decision
    if not decision.is_allowed:
        raise RateLimited(decision)
