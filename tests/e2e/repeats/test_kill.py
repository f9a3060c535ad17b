"""What `kill -9` does to requests under an Idempotency-Key: each makes one link."""

import asyncio
import random
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import httpx
import pytest

from tests.e2e.process import WaypostProcess

TOKEN = "the admin token of these tests"
CLIENTS = 8
ROUNDS = 4


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[httpx.AsyncClient]:
    """Return a client of the server at *url*."""
    headers = {"Authorization": f"Bearer {TOKEN}"}
    async with httpx.AsyncClient(base_url=url, timeout=120, headers=headers) as client:
        yield client


async def create(client: httpx.AsyncClient, path: str, name: str) -> httpx.Response:
    """Ask for the link called *name*."""
    return await client.post(
        path,
        json={"url": f"https://example.com/{name}"},
        headers={"Idempotency-Key": name},
    )


async def create_many(
    url: str, path: str, number: str, answers: dict[str, bytes | None]
) -> None:
    """Make links until the server is gone; note the answers, or that one is missing."""
    async with connected(url) as client:
        for at in range(1_000_000):
            name = f"{number}-{at}"
            answers[name] = None
            try:
                answer = await create(client, path, name)
            except httpx.TransportError:
                return
            assert answer.status_code == 201, answer.text
            answers[name] = answer.content


@pytest.mark.slow
@pytest.mark.parametrize("path", ["/api/v1/links", "/api/shorten"])
async def test_kill_9_makes_no_second_link(path: str, tmp_path: Path) -> None:
    """What was answered is answered again, and what was not is made at the latest now.

    So there is one link for each request, and one answer for each link.
    """
    server = WaypostProcess(tmp_path / "data", settings={"ADMIN_TOKEN": TOKEN})
    answers: dict[str, bytes | None] = {}
    for lap in range(ROUNDS):
        await asyncio.to_thread(server.start)
        creators = [
            asyncio.create_task(create_many(server.url, path, f"{lap}-{one}", answers))
            for one in range(CLIENTS)
        ]
        await asyncio.sleep(random.uniform(0.3, 1.0))  # the moment of the kill
        await asyncio.to_thread(server.kill)
        await asyncio.gather(*creators)
    with server:
        async with connected(server.url) as client:
            for name, before in answers.items():
                again = await create(client, path, name)
                assert again.status_code == 201
                if before is not None:
                    assert again.headers["Idempotency-Replayed"] == "true"
                    assert again.content == before
    assert sum(before is None for before in answers.values()) <= CLIENTS * ROUNDS
    with closing(sqlite3.connect(server.data_dir / "waypost.db")) as database:
        made = database.execute("SELECT target, count(*) FROM links GROUP BY 1")
        targets = dict(made.fetchall())
        kept = database.execute("SELECT count(*) FROM kept_answers").fetchone()[0]
    assert targets == {f"https://example.com/{name}": 1 for name in answers}
    assert kept == len(answers)
