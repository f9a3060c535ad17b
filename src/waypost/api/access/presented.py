"""The key that a request brings."""

from typing import Final

from starlette.types import Scope

_BEARER: Final = b"bearer "


def key_in(scope: Scope) -> str:
    """Return the key in the headers of a request; empty: there is none.

    That of `Authorization: Bearer` goes before `X-API-Key`. Another scheme is of no
    interest: a proxy in front of the server may use it.
    """
    other = b""
    for name, value in scope["headers"]:
        if name == b"authorization" and value[:7].lower() == _BEARER:
            return _text(value[7:])
        if name == b"x-api-key":
            other = value
    return _text(other)


def _text(value: bytes) -> str:
    return str(value, "latin-1").strip()
