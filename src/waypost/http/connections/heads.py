"""Checks of a request's head beyond those of the parser.

Each fault here is something that another server on the way may interpret differently.
"""

import re
from collections.abc import Iterable
from typing import Final

Headers = list[tuple[bytes, bytes]]

MAX_HEAD_BYTES: Final = 64 * 1024
"""Longest request line with headers."""

_HOST: Final = re.compile(
    # A name or an IPv4 address: unreserved characters, sub-delims, percent-encoding.
    rb"(?:(?:[A-Za-z0-9._~!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*"
    # An IPv6 address, or one of a version to come.
    rb"|\[(?:[0-9A-Fa-f:.]+|v[0-9A-Fa-f]+\.[A-Za-z0-9._~!$&'()*+,;=:-]+)\])"
    rb"(?::[0-9]*)?"
)


def is_host(value: bytes) -> bool:
    """Return whether *value* is a valid `Host` (RFC 9112, section 3.2)."""
    return _HOST.fullmatch(value) is not None


def fault_in(headers: Headers, *, version: str) -> str | None:
    """Return what is wrong with a head, as a sentence for its sender."""
    if version not in {"1.0", "1.1"}:
        return "This server speaks HTTP/1.1 and HTTP/1.0 only."
    return (
        _fault_in_host(headers, version)
        or _fault_in_coding(headers, version)
        or _fault_in_length(headers)
    )


def body_length(headers: Headers) -> int:
    """Return the announced length of a body, 0 if none is announced.

    The parser has checked that it is a number, and that there is only one.
    """
    values = _values_of(b"content-length", headers)
    return int(values[0]) if values else 0


def without_upgrade(
    method: bytes, target: bytes, version: str, headers: Headers
) -> bytes:
    """Return a head that asks for the same without asking for another protocol."""
    lines = [b"%s %s HTTP/%s" % (method, target, version.encode())]
    lines += [b"%s: %s" % header for header in headers if header[0] != b"upgrade"]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _fault_in_host(headers: Headers, version: str) -> str | None:
    hosts = _values_of(b"host", headers)
    if not hosts and version == "1.1":
        return "The request has no Host header."
    if len(hosts) > 1:
        return "The request has more than one Host header."
    if hosts and not is_host(hosts[0]):
        return "The Host header is not a host with an optional port."
    return None


def _fault_in_coding(headers: Headers, version: str) -> str | None:
    codings = _values_of(b"transfer-encoding", headers)
    if not codings:
        return None
    if version == "1.0":
        return "HTTP/1.0 has no Transfer-Encoding."
    if len(codings) > 1 or codings[0].lower() != b"chunked":
        return "The only Transfer-Encoding that is supported is chunked."
    return None


def _fault_in_length(headers: Headers) -> str | None:
    if any(len(value) > 20 for value in _values_of(b"content-length", headers)):
        return "The Content-Length has too many digits."
    return None


def _values_of(name: bytes, headers: Iterable[tuple[bytes, bytes]]) -> list[bytes]:
    return [value for each, value in headers if each == name]
