"""How hard a run was: how many clicks came twice and were recognised.

A run in which none did has shown little.
"""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

from cluster.chaos.client import Client, UnansweredError
from cluster.servers.waypost import WaypostProcess

_POLL_SECONDS = 0.25
_METRIC = re.compile(rb"^waypost_clicks_duplicate_total (\S+)", re.MULTILINE)


class Duplicates:
    """Sum of a counter over processes that are killed and begin again at zero."""

    def __init__(self) -> None:
        self.total = 0
        self._last: dict[str, int] = {}

    def add(self, name: str, value: int) -> None:
        """Note what the process *name* says now."""
        last = self._last.get(name, 0)
        self.total += value - last if value >= last else value
        self._last[name] = value


@asynccontextmanager
async def duplicates_seen(
    processes: Sequence[WaypostProcess],
) -> AsyncIterator[Duplicates]:
    """Watch ingest workers; what they count right before they are killed is missed."""
    duplicates = Duplicates()
    tasks = [asyncio.create_task(_watch(one, duplicates)) for one in processes]
    try:
        yield duplicates
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _watch(process: WaypostProcess, duplicates: Duplicates) -> None:
    async with Client(process.port) as client:
        while True:
            with suppress(UnansweredError):
                page = (await client.request("GET", "/metrics")).body
                if found := _METRIC.search(page):
                    duplicates.add(process.name, int(float(found[1])))
            await asyncio.sleep(_POLL_SECONDS)
