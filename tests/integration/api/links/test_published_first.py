"""An editor is answered once the other processes know."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import suppress

import httpx
import pytest

from tests.integration.api.conftest import AS_ADMIN, BASE_URL, Api
from tests.loop_time import LoopTime
from waypost.domain.events import Invalidation


class SlowInvalidations:
    """Takes its time before other processes have received a change."""

    def __init__(self) -> None:
        self.received: list[str] = []

    async def publish(self, changed: Sequence[Invalidation]) -> None:
        """Let others run, and only then publish."""
        for _ in range(100):
            await asyncio.sleep(0)
        self.received += [each.code for each in changed]

    async def listen(self) -> AsyncGenerator[Invalidation | None]:
        """Yield that the connection is new."""
        yield None


@pytest.fixture
def slow() -> SlowInvalidations:
    """The way to the other processes."""
    return SlowInvalidations()


@pytest.fixture
async def client(slow: SlowInvalidations) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application whose relay runs."""
    api = Api(invalidations=slow)
    transport = httpx.ASGITransport(api.create())
    relaying = asyncio.create_task(api.relay.run())
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        yield client
    relaying.cancel()
    with suppress(asyncio.CancelledError):
        await relaying


async def test_editors_wait_for_the_others(
    client: httpx.AsyncClient, slow: SlowInvalidations
) -> None:
    """Neither a chosen code nor a change is answered before others have received it."""
    LoopTime()  # no wait ends early because the machine is busy
    body = {"url": "https://example.com/", "custom_code": "season"}
    created = await client.post("/api/shorten", json=body)
    received_at_first = list(slow.received)
    changed = await client.patch(
        "/api/v1/links/season", json={"url": "https://example.org/"}, headers=AS_ADMIN
    )

    assert (created.status_code, changed.status_code) == (201, 200)
    assert received_at_first == ["season"]
    assert slow.received == ["season", "season"]
