"""What `kill -9` does to the audit trail: nothing is missing, and nothing is twice."""

import asyncio
import random
from collections import Counter
from pathlib import Path

import httpx
import pytest

from tests.e2e.process import WaypostProcess
from waypost.adapters.files.audit import AuditFiles

TOKEN = "the admin token of these tests"
ROUNDS = 3


async def create(url: str, number: int, promised: set[str]) -> None:
    """Make links until the server is gone; remember those that were promised."""
    async with httpx.AsyncClient(base_url=url, timeout=120) as client:
        while True:
            body = {"url": f"https://example.com/{number}"}
            try:
                answer = await client.post("/api/shorten", json=body)
            except httpx.TransportError:
                return
            assert answer.status_code == 201, answer.text
            promised.add(answer.json()["short_code"])


async def listed(url: str) -> Counter[str]:
    """Return how many entries say that each link was made."""
    found: Counter[str] = Counter()
    query = {"action": "link.created", "limit": "1000"}
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(base_url=url, timeout=120) as client:
        while True:
            answer = await client.get("/api/v1/audit", params=query, headers=headers)
            found.update(one["resource"]["name"] for one in answer.json()["data"])
            if answer.json()["next_cursor"] is None:
                return found
            query["cursor"] = answer.json()["next_cursor"]


@pytest.mark.slow
async def test_kill_9_loses_no_entry(tmp_path: Path) -> None:
    """Each promised link has one entry in the store, and one in the files."""
    data_dir = tmp_path / "data"
    files = AuditFiles(data_dir / "audit")
    server = WaypostProcess(data_dir, settings={"ADMIN_TOKEN": TOKEN})
    promised: set[str] = set()
    for _ in range(ROUNDS):
        await asyncio.to_thread(server.start)
        creators = [
            asyncio.create_task(create(server.url, number, promised))
            for number in range(4)
        ]
        await asyncio.sleep(random.uniform(0.5, 1.5))  # the moment of the kill
        await asyncio.to_thread(server.kill)
        await asyncio.gather(*creators)
    assert promised
    with server:
        entries = await listed(server.url)
        assert promised <= entries.keys()
        assert set(entries.values()) == {1}

        async def filed() -> Counter[str | None]:
            found = await asyncio.to_thread(lambda: list(files.entries()))
            return Counter(one.resource.name for one in found)

        async with asyncio.timeout(120):
            while not entries.keys() <= (await filed()).keys():  # noqa: ASYNC110  # a file
                await asyncio.sleep(0.2)
        assert await filed() == entries
