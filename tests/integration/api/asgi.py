"""One request to an ASGI application, message by message."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from starlette.types import ASGIApp, Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What the application sent."""

    status: int
    headers: dict[bytes, bytes]
    body: bytes


async def ask(
    app: ASGIApp,
    receive: Callable[[], Awaitable[Message]],
    *,
    method: str = "POST",
    path: str = "/api/shorten",
    headers: tuple[tuple[bytes, bytes], ...] = (
        (b"content-type", b"application/json"),
    ),
) -> Answered:
    """Serve one request whose body comes from *receive*."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(errors="replace"),
        "query_string": b"",
        "root_path": "",
        "headers": list(headers),
        "client": ("203.0.113.7", 50_000),
        "server": ("127.0.0.1", 8000),
    }
    await app(scope, receive, send)
    return Answered(
        status=sent[0]["status"],
        headers=dict(sent[0]["headers"]),
        body=b"".join(message.get("body", b"") for message in sent),
    )


def body_of(*parts: bytes) -> Callable[[], Awaitable[Message]]:
    """Return a `receive` that delivers a body in *parts*, then a disconnect."""
    messages: list[Message] = [
        {"type": "http.request", "body": part, "more_body": True} for part in parts
    ]
    messages[-1]["more_body"] = False
    waiting = iter(messages)

    async def receive() -> Message:
        return next(waiting, {"type": "http.disconnect"})

    return receive
