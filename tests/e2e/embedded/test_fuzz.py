"""Any bytes on any endpoint: a clear answer below 500, and never a hang."""

import asyncio
import os
import random
import string
from collections import Counter
from pathlib import Path

import pytest
import uvloop

from tests.e2e.process import WaypostProcess

REQUESTS = int(os.environ.get("FUZZ_REQUESTS", "8000"))
CONNECTIONS = 64
TRANSFER_SECONDS = 120

PATHS = [
    b"/",
    b"/abc1234",
    b"/api/shorten",
    b"/api/stats/abc1234",
    b"/health",
    b"/metrics",
    b"/docs",
    b"/openapi.json",
    b"/api/../api/shorten",
    b"/%00",
    b"/%ff%fe",
    b"/%",
    b"//",
    b"*",
    b"/a?b=%0d%0aSet-Cookie:x",
    b"/" + b"a" * 5000,
]
METHODS = [b"GET", b"HEAD", b"POST", b"PUT", b"DELETE", b"OPTIONS", b"PATCH", b"TRACE"]
BODIES = [
    b"",
    b"{}",
    b"[]",
    b"null",
    b'{"url": null}',
    b'{"url": "\\ud800"}',
    b'{"url": "https://example.com/\\u0000"}',
    b'{"url": "https://example.com/", "custom_code": "\\u202e"}',
    b'{"url": "https://user:pw@example.com:99999999/"}',
    b'{"url": "http://[::1"}',
    b'{"url": "http://\xff"}',
    b'{"url": 1e999}',
    b'{"url": ' + b"9" * 5000 + b"}",
    b"[" * 20_000,
    b'{"url": "https://example.com/' + b"x" * 9000 + b'"}',
    b"\x00" * 3000,
    b'{"url": "https://example.com/ok"}',
    b'{"url": "https://example.com/ok", "custom_code": "abc1234"}',
]
HEADERS = [
    b"X-Request-ID: " + b"\xf0" * 10,
    b"traceparent: 00-" + b"0" * 32 + b"-xyz-01",
    b"Content-Type: multipart/form-data; boundary=",
    b"Content-Encoding: gzip",
    b"X-Forwarded-For: " + b"1," * 500,
    b"Cookie: " + b"c" * 2000,
    b"Accept: text/html",
    b"Expect: 100-continue",
    b"Upgrade: websocket\r\nConnection: Upgrade",
    b"Range: bytes=0-",
    b"Transfer-Encoding: identity",
    b"Host:",
]


def fuzzed_request(chance: random.Random) -> bytes:
    """Return a request that is odd in one way or another, or no request at all."""
    body = chance.choice(BODIES)
    asked = chance.choice(METHODS), chance.choice(PATHS)
    if chance.random() < 0.3:
        asked = b"POST", b"/api/shorten"
    lines = [
        b"%s %s HTTP/1.1" % asked,
        *chance.sample(HEADERS, chance.choice([0, 0, 1, 3])),
        *[b"Content-Type: application/json"] * chance.choice([0, 1, 1, 2]),
        b"Content-Length: %d" % len(body),
        b"Connection: close",
    ]
    request = b"\r\n".join(lines) + b"\r\n\r\n" + body
    for _ in range(chance.choice([0, 0, 0, 1, 3])):
        request = _mutated(request, chance)
    return request


def _mutated(request: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(request) + 1)
    garbage = chance.choice(
        [
            chance.randbytes(chance.randrange(1, 20)),
            b"\r\n",
            b"\x00",
            b"%",
            chance.choice(string.printable).encode(),
        ]
    )
    return request[:at] + garbage + request[at + chance.randrange(2) :]


async def _status(port: int, request: bytes) -> int:
    """Return the status of the answer, or 0 if the server just hung up."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        answer = await asyncio.wait_for(reader.read(4096), TRANSFER_SECONDS)
        while answer.startswith(b"HTTP/1.1 100 "):
            answer = answer.partition(b"\r\n\r\n")[2] or await asyncio.wait_for(
                reader.read(4096), TRANSFER_SECONDS
            )
        return int(answer[9:12]) if answer else 0
    except ConnectionError:
        return 0
    finally:
        writer.close()


async def _fuzz(port: int, seed: int) -> Counter[int]:
    statuses: Counter[int] = Counter()
    failed: list[bytes] = []

    async def client(number: int) -> None:
        chance = random.Random(f"{seed}-{number}")
        for _ in range(REQUESTS // CONNECTIONS):
            request = fuzzed_request(chance)
            status = await _status(port, request)
            statuses[status] += 1
            if status >= 500:
                failed.append(request)

    await asyncio.gather(*[client(number) for number in range(CONNECTIONS)])
    assert failed == [], f"seed {seed}"
    return statuses


@pytest.mark.slow
def test_fuzzed_requests_get_clear_answers(tmp_path: Path) -> None:
    """No request makes a 5xx or a hang, and the server is as well as before."""
    seed = random.SystemRandom().randrange(2**32)
    settings = {"LOG_LEVEL": "WARNING", "REQUEST_TIMEOUT_SECONDS": "0.3"}
    with WaypostProcess(tmp_path / "data", settings=settings) as server:
        server.shorten("https://example.com/fuzz", "abc1234")
        # The quicker loop leaves more of the machine to the server.
        statuses = uvloop.run(_fuzz(server.port, seed))
        print(f"seed {seed}: {sorted(statuses.items())}")

        assert {200, 201, 307, 400, 404, 405, 409, 422} <= statuses.keys()
        assert server.request("/abc1234")[0] == 307
        assert "Traceback" not in server.log.read_text()
