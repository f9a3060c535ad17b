"""What keygen answers: small JSON documents, refusals as problem details (RFC 9457)."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final, NamedTuple

import msgspec

RETRY_AFTER: Final = {"retry-after": "2"}
"""With every 503; in seconds."""


class Answer(NamedTuple):
    """An answer, ready to be sent."""

    status: int
    body: bytes
    content_type: str = "application/json"
    headers: Mapping[str, str] = {}


class Refused(Exception):  # noqa: N818  # named for what happened, as the domain's are
    """A request that is refused; the text is for the person who sent it."""

    def __init__(
        self,
        status: HTTPStatus,
        code: str,
        detail: str,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.code = code
        self.headers = headers or {}


class _Problem(msgspec.Struct, kw_only=True):
    # Keygen has no pages that could explain more than the code does.
    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: str
    request_id: str


def problem(refused: Refused, *, request_id: str) -> Answer:
    """Return the answer that tells of a refusal."""
    body = _Problem(
        title=refused.status.phrase,
        status=refused.status,
        detail=str(refused),
        code=refused.code,
        request_id=request_id,
    )
    return Answer(
        status=refused.status,
        body=msgspec.json.encode(body),
        content_type="application/problem+json",
        headers=refused.headers,
    )


def unavailable(detail: str) -> Refused:
    """Return the refusal of what may work again shortly."""
    return Refused(
        HTTPStatus.SERVICE_UNAVAILABLE,
        "backend-unavailable",
        detail,
        headers=RETRY_AFTER,
    )


def not_found() -> Refused:
    """Return the refusal of an address that does not exist."""
    return Refused(
        HTTPStatus.NOT_FOUND,
        "not-found",
        "There are POST /allocate, and GET /health, /livez, /readyz and /metrics.",
    )


def wrong_method(allowed: str) -> Refused:
    """Return the refusal of a method; *allowed* lists those that would do."""
    return Refused(
        HTTPStatus.METHOD_NOT_ALLOWED,
        "method-not-allowed",
        f"This address takes {allowed}.",
        headers={"allow": allowed},
    )


def internal_error() -> Refused:
    """Return the refusal for a fault of ours."""
    return Refused(
        HTTPStatus.INTERNAL_SERVER_ERROR,
        "internal-error",
        "Something went wrong here. The server's log tells more under this "
        "request's id.",
    )
