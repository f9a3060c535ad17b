"""What keygen is asked: a body of JSON, small and in time."""

import asyncio
from http import HTTPStatus
from typing import Final

import msgspec

from waypost.http.asgi import Receive, Scope
from waypost.keygen.answers import Refused
from waypost.wire.id_lease import MAX_SIZE, decode_request

MAX_BODY_BYTES: Final = 64 * 1024


async def requested_size(
    scope: Scope, receive: Receive, *, default: int, timeout_seconds: float
) -> int:
    """Return how many ids the body asks for; *default* where it does not say.

    Raises:
        Refused: It says nonsense, or is too large, or not here in time.
    """
    try:
        async with asyncio.timeout(timeout_seconds):
            body = await _body(scope, receive)
    except TimeoutError:
        raise Refused(
            HTTPStatus.REQUEST_TIMEOUT,
            "request-timeout",
            "The request did not arrive in time.",
            headers={"connection": "close"},
        ) from None
    return _size_in(body) or default


async def _body(scope: Scope, receive: Receive) -> bytes:
    announced = dict(scope["headers"]).get(b"content-length", b"")
    # Bounded, because a number of thousands of digits takes long to convert.
    _check_length(int(announced[:20]) if announced.isdigit() else 0)
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise _malformed()
        body += message.get("body", b"")
        _check_length(len(body))
        if not message.get("more_body"):
            return bytes(body)


def _check_length(length: int) -> None:
    if length > MAX_BODY_BYTES:
        raise Refused(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
            "body-too-large",
            "The body is larger than 64 KiB.",
        )


def _size_in(body: bytes) -> int | None:
    """Return the size that *body* names; None: it names none."""
    try:
        return decode_request(body)
    except msgspec.ValidationError:
        raise Refused(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "invalid-request",
            f'Say how many ids, from 1 to {MAX_SIZE:,}: {{"size": 1000}}.',
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise _malformed() from None


def _malformed() -> Refused:
    return Refused(
        HTTPStatus.BAD_REQUEST,
        "malformed-json",
        "The body is not complete and valid JSON in UTF-8.",
    )
