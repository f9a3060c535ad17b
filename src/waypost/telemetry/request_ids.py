"""Ids that tie a request's log lines together: our own, and the caller's trace."""

import re
import secrets
from typing import Final

REQUEST_ID_KEY: Final = "waypost.request_id"
"""Where a request's scope carries its id."""
_REQUEST_ID: Final = re.compile(rb"[A-Za-z0-9._-]{1,128}")

# https://www.w3.org/TR/trace-context/#traceparent-header: version, trace, parent and
# flags. Later versions may append fields; version ff and ids of zeros are invalid.
_TRACEPARENT: Final = re.compile(
    rb"(?!ff)(?P<version>[0-9a-f]{2})-(?!0{32})(?P<trace_id>[0-9a-f]{32})"
    rb"-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?P<rest>-[!-~]*)?"
)


def request_id_from(header: bytes | None) -> str:
    """Return the id in an `X-Request-ID` *header* if it is usable, else a new one."""
    if header is not None and _REQUEST_ID.fullmatch(header):
        return header.decode("ascii")
    return secrets.token_hex(8)


def trace_id_from(header: bytes | None) -> str | None:
    """Return the trace id in a `traceparent` *header*, or None if it is not valid."""
    match = _TRACEPARENT.fullmatch(header) if header is not None else None
    if match is None or (match["version"] == b"00" and match["rest"]):
        return None
    return match["trace_id"].decode("ascii")
