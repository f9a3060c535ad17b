"""Requests to keygen: a body of JSON, small and in time."""

import msgspec

from waypost.http.answers import Refused
from waypost.http.asgi import Receive, Scope
from waypost.http.bodies import bounded_body
from waypost.http.statuses import INVALID_REQUEST, MALFORMED_JSON
from waypost.wire.id_lease import MAX_SIZE, decode_request


async def requested_size(
    scope: Scope, receive: Receive, *, default: int, timeout_seconds: float
) -> int:
    """Return how many ids the body asks for; *default* where it names no number.

    Raises:
        Refused: It is not understood, too large, or not here in time.
    """
    body = await bounded_body(scope, receive, timeout_seconds=timeout_seconds)
    return _size_in(body) or default


def _size_in(body: bytes) -> int | None:
    """Return the size that *body* names; None: it names none."""
    try:
        return decode_request(body)
    except msgspec.ValidationError:
        raise Refused(
            INVALID_REQUEST,
            f'Say how many ids, from 1 to {MAX_SIZE:,}: {{"size": 1000}}.',
        ) from None
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refused(MALFORMED_JSON) from None
