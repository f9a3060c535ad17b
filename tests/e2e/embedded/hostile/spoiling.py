"""Requests as they are, and what is done to them so that they are worse.

A good request is changed in one part or several: a value of its body, the body as a
whole, its path, query, method or headers.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from random import Random
from typing import Final

LARGE: Final = 10_000_000
"""Bytes of the largest body."""
LARGE_IN: Final = 400
"""One of so many changed bodies is the largest."""


@dataclass(frozen=True, kw_only=True)
class Raw:
    """A request, byte for byte."""

    method: str
    path: str
    query: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


LEAVES: Final = (
    "null",
    "true",
    "-1",
    str(2**63),
    str(10**400),
    "1e999",
    "NaN",
    '""',
    '"\\u0000"',
    '"\\ud800"',
    '"\\u202eexe.gpj"',
    '"\\r\\nSet-Cookie: a=b"',
    '"' + "x" * 100_000 + '"',
    "[]",
    "{}",
    "[" * 5_000 + "]" * 5_000,
    '{"a":' * 2_000 + "1" + "}" * 2_000,
    "[null]",
    '"javascript:alert(1)"',
    '"https://[::1"',
    '"\'; DROP TABLE links; --"',
)
"""What stands in the place of a value, as JSON."""
BODIES: Final = (
    b"",
    b"null",
    b"[]",
    b'"text"',
    b"0",
    b"\xff\xfe{\x00}\x00",
    b"\xef\xbb\xbf{}",
    b"\x00" * 3_000,
    b"[" * 100_000,
    b'{"a":' * 50_000,
    b'{"url":"https://example.com/1","url":"https://example.com/2"}',
    b'{"__proto__":{"scopes":["admin"]}}',
    b"--x\r\nContent-Disposition: form-data\r\n\r\n",
)
SEGMENTS: Final = (
    "abc1234",
    "other.example:abc1234",
    "ext:1",
    "ext%3A%2e%2e%2f",
    "%00",
    "%2e%2e",
    "..",
    "%ff%fe",
    "%F0%9F%92%A9",
    "0",
    "-1",
    "9" * 400,
    "a" * 5_000,
    "%0d%0aSet-Cookie:%20a=b",
    "",
    "a;b=c",
    "admin",
    "me",
    "bulk",
)
QUERIES: Final = (
    "limit=-1",
    "limit=99999999999999999999",
    "limit=1&limit=2",
    "cursor=AAAA",
    "cursor=%00",
    "dry_run=maybe",
    "fields=__class__,secret",
    "from=0001-01-01&to=9999-12-31",
    "q=%ff%fe%00",
    "q=" + "x" * 8_000,
    "&".join(f"a{number}=1" for number in range(1_000)),
    "%00=%00",
    "=&&=",
    "api_key=x&key=x&token=x",
)
METHODS: Final = (
    *("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"),
    *("PROPFIND", "get"),
)
HEADERS: Final = (
    ("X-HTTP-Method-Override", "DELETE"),
    ("X-Forwarded-For", "127.0.0.1"),
    ("X-Forwarded-For", "1," * 2_000),
    ("Forwarded", 'for="[::1]";host=admin'),
    ("X-Original-URL", "/api/v1/keys"),
    ("X-API-Key", "wp_" + "0" * 40),
    ("Cookie", "session=" + "c" * 4_000),
    ("Content-Encoding", "gzip"),
    ("Content-Type", "text/plain"),
    ("Content-Type", "application/json; charset=utf-16"),
    ("Content-Type", "multipart/form-data; boundary="),
    ("Content-Type", "application/x-ndjson"),
    ("Content-Type", "text/csv"),
    ("Content-Type", "\xff"),
    ("Accept", "application/xml;q=9"),
    ("Accept", "text/html"),
    ("Range", "bytes=0-,-1"),
    ("If-Match", '"1"'),
    ("If-Match", "*"),
    ("If-Match", 'W/"' + "9" * 300 + '"'),
    ("If-None-Match", "\x80"),
    ("Idempotency-Key", "k" * 5_000),
    ("Idempotency-Key", "one-for-all"),
    ("Last-Event-ID", "\xf0" * 100),
    ("X-Request-ID", "\xf0" * 300),
    ("traceparent", "00-" + "0" * 32 + "-xyz-01"),
    ("Origin", "null"),
    ("Upgrade", "websocket"),
    ("Expect", "200-ok"),
)


def spoiled(good: Raw, random: Random) -> Raw:
    """Return *good* with one to three things wrong."""
    bad = good
    for _ in range(random.choice((1, 1, 2, 3))):
        bad = random.choice(_WAYS)(bad, random)
    return bad


def _value(request: Raw, random: Random) -> Raw:
    """Put another value in the place of one in the body."""
    try:
        document = json.loads(request.body)
    except (ValueError, RecursionError):
        return _body(request, random)
    mark = "a place that is not to be found elsewhere"
    spots = [*_spots(document)]
    if not spots:
        return _body(request, random)
    random.choice(spots)(mark)
    text = json.dumps(document).replace(json.dumps(mark), random.choice(LEAVES))
    return replace(request, body=text.encode())


def _spots(value: object) -> Iterator[Callable[[str], None]]:
    """Yield what puts another value in the place of each in *value*."""
    match value:
        case dict():
            for name, each in value.items():
                yield partial(value.__setitem__, name)
                yield from _spots(each)
        case list():
            for number, each in enumerate(value):
                yield partial(value.__setitem__, number)
                yield from _spots(each)


def _body(request: Raw, random: Random) -> Raw:
    if random.randrange(LARGE_IN) == 0:
        return replace(request, body=b'{"url":"' + b"x" * LARGE + b'"}')
    if request.body and random.random() < 0.3:
        return replace(request, body=request.body[: len(request.body) // 2])
    return replace(request, body=random.choice(BODIES))


def _path(request: Raw, random: Random) -> Raw:
    parts = request.path.split("/")
    at = random.randrange(1, len(parts))
    parts[at] = random.choice(SEGMENTS)
    if random.random() < 0.2:
        parts.append(random.choice(SEGMENTS))
    return replace(request, path="/".join(parts))


def _query(request: Raw, random: Random) -> Raw:
    more = random.choice(QUERIES)
    joined = f"{request.query}&{more}" if request.query else more
    return replace(request, query=random.choice((more, joined)))


def _method(request: Raw, random: Random) -> Raw:
    return replace(request, method=random.choice(METHODS))


def _header(request: Raw, random: Random) -> Raw:
    name, value = random.choice(HEADERS)
    return replace(request, headers={**request.headers, name: value})


_WAYS: Final[tuple[Callable[[Raw, Random], Raw], ...]] = (
    _value,
    _value,
    _value,
    _body,
    _path,
    _query,
    _method,
    _header,
    _header,
)
