"""Connections that are made up: requests that are odd in one way or another."""

from random import Random

_SMUGGLED = b"GET /read?smuggled HTTP/1.1\r\nHost: a\r\n\r\n"

HEADERS = [
    b"Host: a",
    b"Host: b",
    b"host: a:80",
    b"Connection: upgrade",
    b"Connection: Upgrade, HTTP2-Settings",
    b"Connection: keep-alive",
    b"Connection: close",
    b"Upgrade: websocket",
    b"Upgrade: h2c",
    b"Upgrade:",
    b"Expect: 100-continue",
    b"Expect: other",
    b"Content-Length: 0",
    b"Content-Length: 5",
    b"Content-Length: %d" % len(_SMUGGLED),
    b"Content-Length: +5",
    b"Content-Length: 5, 5",
    b"Content-Length:",
    b"Transfer-Encoding: chunked",
    b"Transfer-Encoding: Chunked",
    b"Transfer-Encoding: identity",
    b"Transfer-Encoding: gzip, chunked",
    b"Transfer-Encoding : chunked",
    b"Transfer-Encoding:\tchunked",
    b"X-Long: " + b"x" * 300,
    b"X: \xe9",
    b"X: a\x00",
    b" folded",
    b"Trailer: x",
]
FRAMES = [
    ([], b""),
    ([b"Content-Length: 5"], b"hello"),
    ([b"Content-Length: %d" % len(_SMUGGLED)], _SMUGGLED),
    ([b"Content-Length: %d" % len(_SMUGGLED)], b""),
    ([b"Content-Length: 0"], _SMUGGLED),
    ([b"Transfer-Encoding: chunked"], b"5\r\nhello\r\n0\r\n\r\n"),
    (
        [b"Transfer-Encoding: chunked"],
        b"%x\r\n%s\r\n0\r\n\r\n" % (len(_SMUGGLED), _SMUGGLED),
    ),
    ([b"Transfer-Encoding: chunked"], b"3;x=y\r\nabc\r\n0\r\nHost: b\r\n\r\n"),
    ([b"Transfer-Encoding: chunked"], b"0\r\n\r\n" + _SMUGGLED),
    ([b"Transfer-Encoding: chunked"], b"g\r\n\r\n"),
    ([b"Content-Length: 5", b"Transfer-Encoding: chunked"], b"0\r\n\r\n"),
]
METHODS = [b"GET", b"POST", b"HEAD", b"PUT", b"OPTIONS", b"CONNECT", b"TRACE", b"get"]
TARGETS = [
    b"/abc1234",
    b"/abc1234?q=1",
    b"/read",
    b"/ignore",
    b"/late",
    b"/nosuch1",
    b"http://a/read?x",
    b"*",
    b"a:443",
]
VERSIONS = [b"HTTP/1.1"] * 6 + [b"HTTP/1.0", b"HTTP/2.0", b"HTTP/1.2"]
UPGRADE = [b"Connection: upgrade", b"Upgrade: websocket"]


ODDITIES = [b"", b"\r", b"\n", b"\r\n", b" ", b"\x00", b":"]


def connection(chance: Random) -> list[bytes]:
    """Return what a client sends, in the pieces in which it arrives."""
    data = b"".join(_request(chance) for _ in range(chance.randint(1, 4)))
    if chance.random() < 0.2:
        at, size = chance.randrange(len(data)), chance.randint(0, 3)
        data = data[:at] + chance.choice(ODDITIES) + data[at + size :]
    places = sorted(chance.sample(range(1, len(data)), chance.randint(0, 5)))
    return [
        data[begin:end]
        for begin, end in zip([0, *places], [*places, len(data)], strict=True)
    ]


def _request(chance: Random) -> bytes:
    method, target = chance.choice(METHODS), chance.choice(TARGETS)
    if chance.random() < 0.5:
        method, target = chance.choice([b"GET", b"POST"]), TARGETS[0]
    framing, body = chance.choice(FRAMES)
    lines = [b"Host: a", *framing]
    if chance.random() < 0.4:
        lines += UPGRADE
    if chance.random() < 0.5:
        lines += chance.choices(HEADERS, k=chance.randint(1, 3))
        chance.shuffle(lines)
    line = b"%s %s %s" % (method, target, chance.choice(VERSIONS))
    return b"\r\n".join([line, *lines, b"", body])
