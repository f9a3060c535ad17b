"""Which requests that arrive together begin together."""

import pytest

from tests.integration.edge.in_memory import InMemoryEdge
from waypost.http.connections.starts import STARTS_PER_TURN


@pytest.mark.parametrize("method", ["GET", "HEAD"])
async def test_pages_take_turns(method: str) -> None:
    """Of many readers of pages, a few are served in each turn of the event loop."""
    assert await begun_together(InMemoryEdge(), method) == STARTS_PER_TURN


async def test_changes_begin_together() -> None:
    """Creates that arrive together can be stored together."""
    assert await begun_together(InMemoryEdge(), "POST") == 10


async def begun_together(edge: InMemoryEdge, method: str) -> int:
    """Return how many of ten requests the application got in one turn."""
    head = (
        f"{method} /api/page HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n".encode()
    )
    clients = [edge.connect() for _ in range(10)]
    for client in clients:
        client.protocol.data_received(head)
    await edge.turn()
    begun = len(edge.scopes)
    for client in clients:
        assert (await client.answered()).startswith(b"HTTP/1.1 418 ")
    return begun
