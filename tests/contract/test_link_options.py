"""What every store promises about options of links, and about deleted ones."""

from dataclasses import replace

from tests.contract.stored import add, change, count, deleted, link, with_options
from waypost.domain.links import CountedLink
from waypost.ports.storage import Storage


async def test_options_are_changed_together(storage: Storage) -> None:
    """A change stores all that is set on a link, and takes it back."""
    plain = link(1)
    await add(storage, plain)
    for changed in (
        with_options(plain),
        replace(plain, version=3),
        deleted(with_options(replace(plain, version=2))),
    ):
        assert await change(storage, changed)
        assert await storage.links.by_code(plain.code) == changed
        assert await storage.links.by_codes([plain.code]) == [changed]


async def test_deleted_links_are_in_no_list(storage: Storage) -> None:
    """They are found by their code, which belongs to them permanently."""
    await add(storage, link(1), link(2), link(3))
    await count(storage, {1: 5, 2: 3})
    assert await change(storage, deleted(link(1)))
    assert [each.link.id for each in await storage.links.newest(limit=2)] == [3, 2]
    assert [each.id for each in await storage.links.most_clicked(limit=2)] == [2]
    found = await storage.links.counted("code1")
    assert found == CountedLink(link=deleted(link(1)), clicks=5)
    assert await add(storage, link(9, "code1")) == frozenset({9})
