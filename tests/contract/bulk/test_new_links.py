"""What every store promises about many new links at once."""

from dataclasses import replace

import pytest

from tests.contract.audit.test_trail import trail_of
from tests.contract.stored import NOON, deleted, link, stored_ids
from waypost.domain.access.keys import Actor
from waypost.domain.audit.entries import (
    Action,
    AuditEntry,
    AuditFilter,
    Resource,
    moment_of,
)
from waypost.domain.audit.entries import entry_id as new_id
from waypost.domain.links import Link
from waypost.domain.options import LinkOptions
from waypost.ports.storage import Storage


def links(number: int) -> list[Link]:
    """Return links of which some have what others do not."""
    made = [link(each) for each in range(1, number + 1)]
    key = Actor("key", "0195f2a0-7c1e-7b3a-9d52-5d1f0c8e2b11", 'a: "name"')
    for at, each in enumerate(made):
        if at % 3 == 1:
            options = LinkOptions(title="Größe \\ 'x'", tags=("a", "b"))
            made[at] = replace(each, options=options, version=2, created_by=key)
        if at % 5 == 3:
            made[at] = replace(deleted(each), external_id=f"row {at}", version=3)
    return made


@pytest.mark.parametrize("number", [1, 3, 700])
async def test_any_number_of_links_is_stored(storage: Storage, number: int) -> None:
    """Each as it is, but for those whose code is taken."""
    new = links(number)
    taken = replace(link(number + 1), code=new[number // 2].code)
    async with storage.transaction() as transaction:
        assert await transaction.links.add([taken]) == frozenset()
        refused = await transaction.links.add(new)
    assert refused == {new[number // 2].id}
    found = await storage.links.by_ids([each.id for each in new])
    expected = [each for each in new if each.id not in refused]
    assert sorted(found, key=lambda one: one.id) == expected
    alive = [one.id for one in [*expected, taken] if one.deleted_at is None]
    assert sorted(await stored_ids(storage)) == sorted(alive)


@pytest.mark.parametrize("number", [0, 1, 300])
async def test_any_number_of_entries_is_stored(storage: Storage, number: int) -> None:
    """And each waits for a file."""
    entries = [
        AuditEntry(
            id=(entry_id := new_id(NOON)),
            at=moment_of(entry_id),
            actor=Actor("key", str(at % 2)),
            action=Action.LINK_CREATED if at % 3 else Action.LINK_UPDATED,
            resource=Resource("link", str(at), "ä"),
            after={"url": f"https://example.com/{at}"},
        )
        for at in range(number)
    ]
    async with storage.transaction() as transaction:
        await transaction.audit.add(entries)
    trail = trail_of(storage)
    page = await trail.page(AuditFilter(), limit=1_000)
    assert {one.id: one for one in page.entries} == {one.id: one for one in entries}
    waiting = await trail.unfiled(limit=1_000)
    assert [one.id for one in waiting] == sorted(one.id for one in entries)
