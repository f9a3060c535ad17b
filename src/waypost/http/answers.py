"""A whole answer to an HTTP request, and sending it."""

from collections.abc import Sequence
from typing import NamedTuple

from waypost.http.asgi import Send
from waypost.http.headers import NO_STORE, Header
from waypost.http.statuses import ErrorKind


class Answer(NamedTuple):
    """A complete answer: status, headers and body."""

    status: int
    headers: list[Header]
    body: bytes


class Refused(Exception):  # noqa: N818  # named for the event, as the domain's are
    """A request that is refused; the text is for the person who sent it.

    Without a *detail*, the detail of the *kind* is used.
    """

    def __init__(
        self, kind: ErrorKind, detail: str = "", *, headers: Sequence[Header] = ()
    ) -> None:
        super().__init__(detail or kind.detail)
        self.kind = kind
        self.headers = headers


def answer_with(
    status: int, content_type: str, body: bytes, *headers: Header
) -> Answer:
    """Return the answer with this *body*, which no cache may store."""
    content = [
        (b"content-type", content_type.encode()),
        (b"content-length", str(len(body)).encode()),
        NO_STORE,
    ]
    return Answer(int(status), [*content, *headers], body)


async def send_answer(send: Send, answer: Answer, *, is_head: bool = False) -> None:
    """Send *answer*, without its body if *is_head*."""
    await send(
        {
            "type": "http.response.start",
            "status": answer.status,
            "headers": answer.headers,
        }
    )
    body = b"" if is_head else answer.body
    await send({"type": "http.response.body", "body": body})
