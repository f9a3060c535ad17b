"""Which pages of other sites may call the API in a browser (CORS).

Redirects need none of it: a browser follows them from every page.
"""

from collections.abc import Sequence
from typing import Final

from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware

_METHODS: Final = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
_HEADERS: Final = (
    "Authorization",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Last-Event-ID",
    "Traceparent",
    "X-API-Key",
    "X-Request-ID",
)
_SHOWN: Final = (
    "Content-Disposition",
    "Dry-Run",
    "ETag",
    "Idempotency-Replayed",
    "Link",
    "Location",
    "RateLimit",
    "RateLimit-Policy",
    "Retry-After",
    "WWW-Authenticate",
    "X-Request-ID",
)
_PREFLIGHT_SECONDS: Final = 600


def cross_origin(origins: Sequence[str]) -> list[Middleware]:
    """Return the middleware that allows pages of *origins*; nothing without origins.

    Without cookies: callers send a token, which no browser adds by itself.
    """
    if not origins:
        return []
    return [
        Middleware(
            CORSMiddleware,
            allow_origins=origins,
            allow_methods=_METHODS,
            allow_headers=_HEADERS,
            expose_headers=_SHOWN,
            max_age=_PREFLIGHT_SECONDS,
        )
    ]
