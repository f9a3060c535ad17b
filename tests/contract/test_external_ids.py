"""What every store promises about external ids and makers of links."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Final

from tests.fakes import SettableClock
from waypost.adapters.memory.storage import MemoryStorage
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.access.keys import Actor
from waypost.domain.links import Link
from waypost.domain.listing.filters import LinkFilter, Sort

Store = MemoryStorage | SqlStorage
NOW: Final = SettableClock().now()
SHOP: Final = Actor("key", "0195f2a0-7c1e-7b3a-9d52-5d1f0c8e2b11", "a:shop")


def link(number: int, external_id: str | None = None, by: Actor | None = None) -> Link:
    """Return a link that is not stored yet."""
    return Link(
        id=number,
        code=f"code{number}",
        target="https://example.com/",
        created_at=NOW,
        updated_at=NOW,
        external_id=external_id,
        created_by=by,
    )


def deleted(one: Link) -> Link:
    """Return the version of a link that is deleted."""
    return replace(one, version=one.version + 1, deleted_at=NOW + timedelta(hours=1))


async def add(storage: Store, *links: Link) -> None:
    """Store links that no other one is in the way of."""
    async with storage.transaction() as transaction:
        assert await transaction.links.add(links) == frozenset()


async def change(storage: Store, one: Link) -> None:
    """Store the next version of a link."""
    async with storage.transaction() as transaction:
        assert await transaction.links.change(one)


async def taken(storage: Store, *ids: str) -> frozenset[str]:
    """Return which external ids links have."""
    async with storage.transaction() as transaction:
        return await transaction.links.hold_external_ids(ids)


async def test_links_are_found_by_them(storage: Store) -> None:
    """Also those that were deleted; and they are read as they were stored."""
    one, other, plain = (
        link(1, "order/ü".replace("/", "-"), SHOP),
        link(2, "b"),
        link(3),
    )
    await add(storage, one, other, plain)
    found = await storage.links.by_external_ids([one.external_id or "", "c"])
    assert found == [one]
    await change(storage, deleted(other))
    assert await storage.links.by_external_ids(["b"]) == [deleted(other)]
    assert await storage.links.by_code("code3") == plain


async def test_deleted_links_do_not_hold_them(storage: Store) -> None:
    """Another link may be called so, and the deleted one keeps what it was called."""
    await add(storage, link(1, "a"))
    assert await taken(storage, "a", "b") == {"a"}
    await change(storage, deleted(link(1, "a")))
    assert await taken(storage, "a", "b") == frozenset()
    await add(storage, link(2, "a"))
    found = await storage.links.by_external_ids(["a"])
    assert {one.id for one in found} == {1, 2}


async def test_they_change(storage: Store) -> None:
    """With a version of the link, as its target does; who made it does not."""
    await add(storage, link(1, "a", SHOP))
    await change(storage, replace(link(1, "b", Actor("server")), version=2))
    stored = await storage.links.by_code("code1")
    assert stored is not None
    assert stored.external_id == "b"
    assert await taken(storage, "a", "b") == {"b"}


async def test_two_that_hold_the_same(storage: Store) -> None:
    """The second one sees what the first one has stored, and no deadlock occurs."""
    first = storage.transaction()
    transaction = await first.__aenter__()
    assert await transaction.links.hold_external_ids(["a", "b"]) == frozenset()
    second = asyncio.create_task(taken(storage, "b", "a"))
    await asyncio.sleep(0.05)
    assert not second.done()
    await transaction.links.add([link(1, "a")])
    await first.__aexit__(None, None, None)
    assert await second == {"a"}


async def test_lists_of_makers(storage: Store) -> None:
    """By the id of a key, with any name, or by the type of what has no id."""
    renamed = SHOP._replace(name="market")
    other = Actor("key", "0195f2a0-7c1e-7b3a-9d52-5d1f0c8e2b12", "shop")
    makers = [SHOP, renamed, other, Actor("anonymous"), None]
    await add(storage, *(link(at, by=by) for at, by in enumerate(makers)))
    while await storage.lists.list_changed(limit=100):
        pass
    found = {}
    for maker in (
        SHOP.id,
        other.id,
        "anonymous",
        "key",
        "a:b",
        SHOP.id and SHOP.id[:9],
    ):
        page = await storage.lists.page(
            LinkFilter(created_by=maker), sort=Sort(), now=NOW, after=None, limit=10
        )
        found[maker] = [one.link.id for one in page.links]
    assert list(found.values()) == [[1, 0], [2], [3], [], [], []]


async def test_lists_of_external_ids(storage: Store) -> None:
    """There is one at most, unless deleted links are wanted."""
    await add(storage, link(1, "a"), link(2, "b"))
    while await storage.lists.list_changed(limit=100):
        pass
    page = await storage.lists.page(
        LinkFilter(external_id="b"), sort=Sort(), now=NOW, after=None, limit=10
    )
    assert [one.link.id for one in page.links] == [2]
