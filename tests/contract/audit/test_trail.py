"""What every store promises about the audit trail."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.contract.stored import EVERY_OPTION, NOON, add, deleted, link, with_options
from waypost.adapters.memory.storage import MemoryStorage
from waypost.adapters.sql.audit import statements
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.access.keys import Actor
from waypost.domain.audit.entries import (
    Action,
    AuditEntry,
    AuditFilter,
    Cause,
    entry_id,
    moment_of,
)
from waypost.ports.audit.trail import AuditTrail
from waypost.ports.storage import Storage
from waypost.services.audit.links import link_changed, link_created, links_created
from waypost.wire.audit_entry import decode_entry, encode_entry

BY_SHOP = Cause(Actor("key", "0195f2a0", "shop"), "request-1")
BY_NONE = Cause(Actor("anonymous"))


def trail_of(storage: Storage) -> AuditTrail:
    """Return the trail of a store."""
    assert isinstance(storage, MemoryStorage | SqlStorage)
    return storage.audit


def at(minute: int, number: int, *, by: Cause = BY_NONE) -> AuditEntry:
    """Return an entry of a link that was made some minutes after noon."""
    moment = NOON + timedelta(minutes=minute)
    return link_created(replace(link(number), updated_at=moment), by=by)


async def store(storage: Storage, *entries: AuditEntry) -> None:
    """Store entries in one transaction."""
    async with storage.transaction() as transaction:
        await transaction.audit.add(entries)


async def all_of(
    storage: Storage, wanted: AuditFilter, *, limit: int = 2
) -> Sequence[AuditEntry]:
    """Return a list, page after page."""
    found: list[AuditEntry] = []
    before: str | None = None
    while True:
        page = await trail_of(storage).page(wanted, limit=limit, before=before)
        assert len(page.entries) <= limit
        found += page.entries
        before = page.before
        if before is None:
            return found


def test_ids_hold_the_moment() -> None:
    """An entry's id says in which millisecond it was made."""
    assert moment_of(entry_id(NOON)) == NOON.replace(microsecond=123_000)


async def test_entry_belongs_to_its_change(storage: Storage) -> None:
    """What is rolled back has no entry; what is committed has it as it was made."""
    old = link(7)
    options = replace(EVERY_OPTION, unknown={})
    new = with_options(replace(old, target="https://example.com/ä"), options)
    entries = [
        link_created(old, by=BY_SHOP),
        link_changed(old, new, by=BY_SHOP),
        link_changed(new, deleted(new), by=BY_NONE),
    ]

    async def fail() -> None:
        async with storage.transaction() as transaction:
            await transaction.links.add([old])
            await transaction.audit.add(entries)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert await all_of(storage, AuditFilter()) == []
    await add(storage, old)
    await store(storage, *entries)
    found = await all_of(storage, AuditFilter())
    assert sorted(found, key=lambda one: one.action) == sorted(
        entries, key=lambda one: one.action
    )
    changed = next(one for one in found if one.action == Action.LINK_UPDATED)
    assert changed.version == 2
    assert (changed.before["url"], changed.before["title"]) == (old.target, None)
    assert changed.after["tags"] == ["Print", "frühling"]
    assert changed.actor == Actor("key", "0195f2a0", "shop")


@pytest.mark.parametrize("by", [BY_SHOP, BY_NONE])
async def test_links_made_together_have_the_entries_of_single_ones(
    storage: Storage, by: Cause
) -> None:
    """In the order of the links, whether they have options or not."""
    made = [
        replace(link(1), target='https://example.com/ä?"\\'),
        replace(link(2), domain="go.example.net"),
        with_options(link(3), EVERY_OPTION),
        replace(link(4), external_id="order 4"),
    ]
    async with storage.transaction() as transaction:
        await transaction.audit.add(links_created(made, by=by))
    lines = await trail_of(storage).unfiled(limit=9)
    single = [
        replace(link_created(each, by=by), id=line.id, at=moment_of(line.id))
        for each, line in zip(made, lines, strict=True)
    ]
    assert [line.text for line in lines] == [
        encode_entry(each).decode() for each in single
    ]


@pytest.mark.parametrize("looked_at", [3, 5_000])
async def test_lists_are_filtered(
    storage: Storage, monkeypatch: pytest.MonkeyPatch, looked_at: int
) -> None:
    """By actor, action, resource and time; newest first, in pages, however bounded."""
    monkeypatch.setattr(statements, "LOOKED_AT", looked_at)
    made = [at(one, one, by=BY_SHOP if one % 3 == 0 else BY_NONE) for one in range(9)]
    removed = link_changed(
        link(4),
        replace(deleted(link(4)), updated_at=NOON + timedelta(minutes=20)),
        by=BY_SHOP,
    )
    await store(storage, *made)
    await store(storage, removed)
    newest = [removed, *reversed(made)]
    assert await all_of(storage, AuditFilter()) == newest
    by_shop = AuditFilter(actors=frozenset({"0195f2a0"}))
    assert await all_of(storage, by_shop) == [removed, made[6], made[3], made[0]]
    of_four = AuditFilter(resource="link:4")
    assert await all_of(storage, of_four) == [removed, made[4]]
    deletions = AuditFilter(actions=frozenset({Action.LINK_DELETED}))
    assert await all_of(storage, deletions) == [removed]
    some = AuditFilter(
        start=NOON + timedelta(minutes=2),
        end=NOON + timedelta(minutes=5),
        actions=frozenset({Action.LINK_CREATED}),
    )
    assert await all_of(storage, some) == [made[4], made[3], made[2]]
    none = AuditFilter(actors=frozenset({"operator"}), resource="link:1")
    assert await all_of(storage, none) == []


async def test_entries_wait_for_files_and_expire(storage: Storage) -> None:
    """The oldest are filed first; only what is filed and old is deleted, some at once.

    A file that lacks an entry would otherwise never have it.
    """
    trail = trail_of(storage)
    made = [at(one, one) for one in range(6)]
    await store(storage, *made[3:])
    await store(storage, *made[:3])
    assert (await trail.count_unfiled(limit=2)).entries == 2
    some = await trail.unfiled(limit=4)
    assert [decode_entry(one.text) for one in some] == made[:4]
    await trail.filed([one.id for one in some])
    waiting = await trail.count_unfiled(limit=9)
    assert waiting == (2, made[4].at)
    before = NOON + timedelta(minutes=5)
    assert await trail.expire(before, limit=3) == 3
    assert await trail.expire(before, limit=3) == 1
    assert await trail.expire(before, limit=3) == 0
    assert await all_of(storage, AuditFilter()) == [made[5], made[4]]
    assert [one.id for one in await trail.unfiled(limit=9)] == [
        one.id for one in made[4:]
    ]
