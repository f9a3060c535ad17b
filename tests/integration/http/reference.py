"""Which requests a strict parser of another family, h11, finds in the same bytes."""

import re
from urllib.parse import urlsplit

import h11

from tests.integration.http.exchange import Seen

_BLANKS = re.compile(rb"\A(\S+) +(\S+) +(?=HTTP/)")


def requests_in(data: bytes) -> list[Seen]:
    """Return the requests until h11 refuses, or would close the connection."""
    seen: list[Seen] = []
    rest: bytes | None = data
    while rest:
        # Empty lines before a request, and more than one blank between the parts of
        # its first line, may be forgiven (RFC 9112, sections 2.2 and 3).
        rest = _next(_BLANKS.sub(rb"\1 \2 ", rest.lstrip(b"\r\n")), seen)
    return seen


def _next(data: bytes, seen: list[Seen]) -> bytes | None:
    """Add the next request to *seen*; return what follows it, None at the end."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    connection.receive_data(data)
    while True:
        try:
            event = connection.next_event()
        except h11.RemoteProtocolError:
            return None
        if isinstance(event, h11.Request):
            target = _as_asgi_has_it(event.method, event.target)
            seen.append(Seen(method=event.method, target=target, body=0))
        elif isinstance(event, h11.Data):
            seen[-1].body = (seen[-1].body or 0) + len(event.data)
        elif isinstance(event, h11.EndOfMessage):
            return _behind(connection, seen[-1])
        else:
            return None


def _as_asgi_has_it(method: bytes, target: bytes) -> bytes:
    if method == b"CONNECT" or target.startswith(b"/"):
        return target
    parts = urlsplit(target)
    return parts.path + (b"?" + parts.query if parts.query else b"")


def _behind(connection: h11.Connection, seen: Seen) -> bytes | None:
    """Answer, and return what follows; None if the connection does not go on."""
    status = 405 if seen.method == b"CONNECT" else 200
    headers = [("content-length", "0")]
    connection.send(h11.Response(status_code=status, headers=headers))
    connection.send(h11.EndOfMessage())
    if connection.our_state is not h11.DONE or connection.their_state is not h11.DONE:
        return None
    connection.start_next_cycle()
    return connection.trailing_data[0]
