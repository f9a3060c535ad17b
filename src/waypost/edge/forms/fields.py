"""The fields of a form that a visitor's browser has sent."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import parse_qsl

from waypost.http.answers import Refused
from waypost.http.asgi import Receive, Scope
from waypost.http.bodies import bounded_body
from waypost.http.statuses import INVALID_REQUEST

_TYPE: Final = b"application/x-www-form-urlencoded"
_MAX_FIELDS: Final = 8


def is_form(scope: Scope) -> bool:
    """Return whether a request sends a form."""
    if scope["method"] != "POST":
        return False
    media_type: bytes = dict(scope["headers"]).get(b"content-type", b"")
    return media_type.partition(b";")[0].strip().lower() == _TYPE


async def fields_of(
    scope: Scope, receive: Receive, *, timeout_seconds: float
) -> Mapping[str, str]:
    """Return the fields of the form that a request sends.

    Raises:
        Refused: It is too large, not here in time, or no form.
    """
    body = await bounded_body(scope, receive, timeout_seconds=timeout_seconds)
    try:
        pairs = parse_qsl(
            body.decode("latin-1"), keep_blank_values=True, max_num_fields=_MAX_FIELDS
        )
    except ValueError:
        raise Refused(INVALID_REQUEST, "The form has too many fields.") from None
    return dict(pairs)
