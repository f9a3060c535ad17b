"""What `kill -9` in the middle of everything does to links and counts: nothing.

`KILLS` is how often a server is killed; five times by default.
"""

import asyncio
import json
import os
import random
from pathlib import Path

import pytest

from tests.e2e.process import Visitor, WaypostProcess

ROUNDS = int(os.environ.get("KILLS", "5"))
VISITORS = 16


class Creator:
    """Creates links as fast as it can, and remembers those that were promised."""

    def __init__(self) -> None:
        self.promised: dict[str, str] = {}
        self._number = 0

    async def create(self, port: int, until: asyncio.Event) -> None:
        """Create links until stopped, or until the server dies."""
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            return
        try:
            while not until.is_set():
                self._number += 1
                target = f"https://example.com/{self._number}"
                writer.write(_create_request(target))
                head = await reader.readuntil(b"\r\n\r\n")
                length = int(head.lower().split(b"content-length: ")[1].split(b"\r")[0])
                link = json.loads(await reader.readexactly(length))
                assert head.startswith(b"HTTP/1.1 201 "), link
                assert link["short_code"] not in self.promised
                self.promised[link["short_code"]] = target
        except (OSError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()


def _create_request(target: str) -> bytes:
    body = json.dumps({"url": target}).encode()
    return (
        b"POST /api/shorten HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        b"Content-Length: %d\r\n\r\n%s" % (len(body), body)
    )


async def _load_until_killed(
    server: WaypostProcess, visitors: list[Visitor], creator: Creator
) -> None:
    stop = asyncio.Event()
    clients = [visitor.visit(server.port, stop) for visitor in visitors]
    tasks = [
        asyncio.create_task(client)
        for client in (*clients, creator.create(server.port, stop))
    ]
    await asyncio.sleep(random.uniform(0.1, 0.6))
    await asyncio.to_thread(server.kill)
    stop.set()
    await asyncio.gather(*tasks)


@pytest.mark.slow
def test_kills_under_load(tmp_path: Path) -> None:
    """Every answered redirect is counted once; every promised link still leads on."""
    settings = {"JOURNAL_SEGMENT_MEGABYTES": "1"}
    creator = Creator()
    with WaypostProcess(tmp_path / "data", settings=settings) as server:
        codes = [server.shorten(f"https://example.com/v{n}") for n in range(VISITORS)]
        visitors = [Visitor(code) for code in codes]
        for _ in range(ROUNDS):
            asyncio.run(_load_until_killed(server, visitors, creator))
            server.start()
        with_clicks = server.all_settled_clicks(
            {visitor.code: visitor.answered for visitor in visitors}
        )
        answered = sum(visitor.answered for visitor in visitors)
        in_doubt = sum(visitor.in_doubt for visitor in visitors)
        counted = sum(with_clicks.values())
        print(f"answered {answered}, in doubt {in_doubt}, counted {counted}")

        assert answered > ROUNDS * VISITORS
        for visitor in visitors:
            uncertain = with_clicks[visitor.code] - visitor.answered
            assert 0 <= uncertain <= visitor.in_doubt
        for code, target in creator.promised.items():
            status, headers, _ = server.request(f"/{code}")
            assert (status, headers["location"]) == (307, target)
        assert server.metric("waypost_clicks_dropped_total") == 0
        assert server.stop() == 0
