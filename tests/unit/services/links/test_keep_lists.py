"""Keeping lists up to date in the background."""

import asyncio

import pytest
import structlog

from tests.contract.stored import add, count, link
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.listing.filters import LinkFilter, Numbers, Sort
from waypost.services.lists.keeping import KeepLists


@pytest.mark.slow
async def test_links_and_clicks_come_into_the_lists(database_url: str) -> None:
    """Without a call, and also where there are more than one round takes."""
    storage = await SqlStorage.open(database_url, timeout_seconds=60)
    await add(storage, *map(link, range(1, 251)))
    await count(storage, {9: 3})
    wanted = LinkFilter(clicks=Numbers(least=3))
    keeping = asyncio.create_task(KeepLists(storage.lists).run())
    with structlog.testing.capture_logs():
        while True:
            now = link(1).created_at
            total = await storage.lists.total(LinkFilter(), now=now)
            page = await storage.lists.page(
                wanted, sort=Sort(), now=now, after=None, limit=9
            )
            if total.number == 250 and page.links:
                break
            await asyncio.sleep(0.05)
    keeping.cancel()
    await asyncio.wait([keeping])
    await storage.aclose()
    assert [one.link.id for one in page.links] == [9]
