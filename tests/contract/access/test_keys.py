"""What every store promises about keys."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from waypost.adapters.memory.storage import MemoryStorage
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.access.keys import Actor, ApiKey, KeyState
from waypost.domain.access.scopes import KeyScope
from waypost.ports.access.keys import KeyFilter, KeyStorage

NOW = datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
EARLIER = NOW - timedelta(days=1)
ALL = KeyFilter(frozenset(KeyState), NOW)


@pytest.fixture
def keys(storage: MemoryStorage | SqlStorage) -> KeyStorage:
    """A store of keys, of every kind."""
    return storage


def key(number: int, *scopes: KeyScope) -> ApiKey:
    """Return the key of this *number*; later ones have greater ids."""
    return ApiKey(
        id=f"0195f2a0-7c1e-7b3a-9d52-{number:012}",
        name=f"key {number} ü",
        prefix="wp_7Qm2",
        secret_hash=f"hash {number}",
        scopes=scopes or (KeyScope.LINKS_READ, KeyScope.REPORTS_READ),
        created_at=NOW,
        created_by=Actor("key", "some id", 'a "name" ü'),
    )


async def add(keys: KeyStorage, *added: ApiKey) -> None:
    """Store *added*."""
    async with keys.transaction() as transaction:
        for each in added:
            await transaction.keys.add(each)


async def test_a_key_comes_back_as_it_was(keys: KeyStorage) -> None:
    """By id and by either hash, with everything that was stored."""
    whole = replace(
        key(1),
        previous_hash="old",
        previous_until=LATER,
        domains=("go.example.com", "go.example.com:8000"),
        expires_at=LATER,
        last_used_at=NOW,
        revoked_at=LATER,
        rate_limit=60,
        own_links=True,
    )
    await add(keys, whole, key(2))
    assert await keys.keys.by_id(whole.id) == whole
    assert await keys.keys.by_hash("hash 1") == whole
    assert await keys.keys.by_hash("old") == whole
    assert await keys.keys.by_hash("hash 2") == key(2)
    assert await keys.keys.by_id("3") is None
    assert await keys.keys.by_hash("hash 3") is None


async def test_keys_are_listed_newest_first(keys: KeyStorage) -> None:
    """By descending id, a page at a time, and only those in the states wanted."""
    expired = replace(key(3), expires_at=NOW)
    revoked = replace(key(4), revoked_at=EARLIER, expires_at=EARLIER)
    lasting = replace(key(5), expires_at=LATER)
    await add(keys, key(1), key(2), expired, revoked, lasting)

    first = await keys.keys.newest(ALL, limit=3)
    assert first == [lasting, revoked, expired]
    rest = await keys.keys.newest(ALL, limit=3, before_id=first[-1].id)
    assert rest == [key(2), key(1)]
    listed = {
        state: [
            each.id[-1]
            for each in await keys.keys.newest(
                KeyFilter(frozenset({state}), NOW), limit=9
            )
        ]
        for state in KeyState
    }
    assert listed == {
        KeyState.ACTIVE: ["5", "2", "1"],
        KeyState.EXPIRED: ["3"],
        KeyState.REVOKED: ["4"],
    }


async def test_a_change_replaces_all_but_the_last_use(keys: KeyStorage) -> None:
    """What is changed is there; a use that was written meanwhile stays."""
    await add(keys, key(1), key(2))
    async with keys.transaction() as transaction:
        await transaction.keys.use({key(1).id: NOW})
    changed = replace(key(1, KeyScope.ADMIN), name="new", revoked_at=NOW)
    async with keys.transaction() as transaction:
        await transaction.keys.change(changed)
        assert (await transaction.keys.get(key(1).id)) is not None
    assert await keys.keys.by_id(key(1).id) == replace(changed, last_used_at=NOW)
    assert await keys.keys.by_id(key(2).id) == key(2)


async def test_the_last_use_never_falls(keys: KeyStorage) -> None:
    """Of two that are written down, the later one stays; unknown ids are ignored."""
    await add(keys, key(1))
    for moment in (NOW, LATER, EARLIER):
        async with keys.transaction() as transaction:
            await transaction.keys.use({key(1).id: moment, "unknown": moment})
    found = await keys.keys.by_id(key(1).id)
    assert found is not None
    assert found.last_used_at == LATER


@pytest.mark.parametrize(
    ("other", "is_admin"),
    [
        (key(2, KeyScope.ADMIN), True),
        (key(2, KeyScope.LINKS_WRITE), False),
        (replace(key(2, KeyScope.ADMIN), revoked_at=EARLIER), False),
        (replace(key(2, KeyScope.ADMIN), expires_at=NOW), False),
        (replace(key(2, KeyScope.ADMIN), expires_at=LATER), True),
        (replace(key(2, KeyScope.ADMIN), domains=("a.example",)), False),
    ],
)
async def test_another_admin_is_one_that_may_everything(
    keys: KeyStorage, other: ApiKey, *, is_admin: bool
) -> None:
    """It is active, has the scope, and is not bound to domains."""
    await add(keys, key(1, KeyScope.ADMIN), other)
    async with keys.transaction() as transaction:
        found = await transaction.keys.is_another_admin(key(1).id, now=NOW)
    assert found is is_admin


async def test_keys_are_found_by_their_domain(keys: KeyStorage) -> None:
    """Active ones, of this very domain, also beside others."""
    one = replace(key(1), domains=("a.example",))
    two = replace(key(2), domains=("b.example", "a.example"), expires_at=LATER)
    ended = replace(one, id=key(3).id, secret_hash="3", revoked_at=EARLIER)
    over = replace(one, id=key(4).id, secret_hash="4", expires_at=NOW)
    longer = replace(one, id=key(5).id, secret_hash="5", domains=("sa.example",))
    await add(keys, one, two, ended, over, longer, key(6))
    async with keys.transaction() as transaction:
        assert await transaction.keys.bound_to("a.example", now=NOW) == [one, two]
        assert await transaction.keys.bound_to("none.example", now=NOW) == []


async def test_what_fails_changes_nothing(keys: KeyStorage) -> None:
    """A transaction that is rolled back leaves no key."""

    async def fail() -> None:
        async with keys.transaction() as transaction:
            await transaction.keys.add(key(1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    async with keys.transaction() as transaction:
        assert not await transaction.keys.are_there_any()
    assert await keys.keys.newest(ALL, limit=9) == []


async def test_those_that_hold_keys_take_turns(keys: KeyStorage) -> None:
    """Of many that add a key if there is none, one does."""

    async def add_first(number: int) -> bool:
        async with keys.transaction() as transaction:
            await transaction.keys.hold()
            if await transaction.keys.are_there_any():
                return False
            await asyncio.sleep(0)
            await transaction.keys.add(key(number))
            return True

    added = await asyncio.gather(*(add_first(number) for number in range(4)))
    assert sorted(added) == [False, False, False, True]
