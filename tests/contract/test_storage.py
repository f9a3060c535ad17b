"""What every store promises about links, transactions and secrets."""

import asyncio
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta, timezone

import pytest

from tests.contract.stored import (
    NOON,
    add,
    change,
    count,
    deleted,
    event,
    hold,
    link,
    ranges,
    stored_ids,
    with_options,
)
from waypost.domain.clicks import JournalPosition
from waypost.domain.errors import BackendUnavailable
from waypost.domain.events import CACHES
from waypost.domain.links import CountedLink, Link
from waypost.ports.storage import InstanceSecrets, Storage


@pytest.mark.parametrize(
    "stored",
    [
        link(1),
        link(0, "Zero"),
        link(2**62, "Big"),
        link(2, target="https://example.com/" + "é" * 8_172),
        link(3, target="https://例え.jp/路径?q=🎈"),
        link(4, domain="go.example.com"),
        link(5, target="https://example.com/?q=\"'\\u0041\\"),
        link(6, version=7),
        with_options(link(7)),
        deleted(link(8)),
        link(9, "日本~v1.0"),
    ],
    ids=[
        "plain",
        "zero",
        "big id",
        "long",
        "unicode",
        "domain",
        "quotes",
        "version",
        "options",
        "deleted",
        "code",
    ],
)
async def test_link_comes_back_as_it_was_added(storage: Storage, stored: Link) -> None:
    """A link is found by its domain and code, with nothing of it changed."""
    await add(storage, stored)
    assert stored == await storage.links.by_code(stored.code, domain=stored.domain)


async def test_moments_come_back_in_utc(storage: Storage) -> None:
    """A moment given in another zone is the same moment afterwards."""
    noon_in_tokyo = NOON.astimezone(timezone(timedelta(hours=9)))
    await add(
        storage,
        Link(
            id=1,
            code="a",
            target="t",
            created_at=noon_in_tokyo,
            updated_at=noon_in_tokyo,
        ),
    )
    found = await storage.links.by_code("a")
    assert found is not None
    assert noon_in_tokyo == found.created_at


@pytest.mark.parametrize("code", ["CODE1", "code", "code11", "", "' OR 1=1 --", "\0"])
async def test_only_the_exact_code_is_found(storage: Storage, code: str) -> None:
    """Letter case counts, and any other text finds nothing."""
    await add(storage, link(1, "code1"))
    assert (await storage.links.by_code(code), await storage.links.counted(code)) == (
        None,
        None,
    )


async def test_same_code_in_another_domain_is_another_link(storage: Storage) -> None:
    """Each domain has codes of its own."""
    await add(storage, link(1, "same"), link(2, "same", domain="other.example"))
    assert await storage.links.by_code("same") == link(1, "same")


@pytest.mark.parametrize(
    "second", [link(2, "code1"), link(1, "other")], ids=["code", "id"]
)
async def test_taken_code_or_id_is_refused(storage: Storage, second: Link) -> None:
    """The first link with a code or an id keeps it; the rest of the batch is stored."""
    await add(storage, link(1))
    assert await add(storage, link(8), second, link(9)) == {second.id}
    assert await storage.links.by_code("code1") == link(1)
    assert await stored_ids(storage) == [1, 8, 9]


@pytest.mark.parametrize(
    "second", [link(2, "code1"), link(1, "other")], ids=["code", "id"]
)
async def test_code_added_in_the_same_transaction_is_taken(
    storage: Storage, second: Link
) -> None:
    """A transaction sees what it has added itself, and stays usable."""
    async with storage.transaction() as transaction:
        assert await transaction.links.add([link(1)]) == frozenset()
        assert await transaction.links.add([second]) == {second.id}
        assert await transaction.links.add([link(3)]) == frozenset()
    assert await stored_ids(storage) == [1, 3]


@pytest.mark.parametrize(
    "second", [link(2, "wanted"), link(7, "aaa")], ids=["code", "id"]
)
async def test_first_of_a_batch_wins(storage: Storage, second: Link) -> None:
    """Of two links of one batch with the same code or id, the first is stored."""
    first = link(7, "wanted")
    assert await add(storage, link(1), first, second, link(3)) == {second.id}
    assert await storage.links.by_code("wanted") == first
    assert await stored_ids(storage) == [1, 3, 7]


async def test_empty_batch_is_nothing(storage: Storage) -> None:
    """Adding no link, counting nothing and publishing nothing succeed."""
    assert await add(storage) == frozenset()
    await count(storage)
    assert await hold(storage, {}) == {}
    async with storage.transaction() as transaction:
        await transaction.outbox.add([], reader=CACHES.name)
        await transaction.outbox.remove([])
        assert await transaction.outbox.take(reader=CACHES.name, limit=5) == []


async def test_large_batch_is_stored(storage: Storage) -> None:
    """Thousands of links are one batch, and each refused one is returned."""
    await add(storage, *(link(number) for number in range(0, 3_000, 3)))
    refused = await add(storage, *(link(number) for number in range(3_000)))
    assert refused == frozenset(range(0, 3_000, 3))
    assert await stored_ids(storage) == list(range(3_000))


async def test_change_replaces_the_last_version(storage: Storage) -> None:
    """A link leads to its new target, and keeps everything else."""
    await add(storage, link(1), link(2))
    later = NOON + timedelta(days=1)
    changed = replace(link(1), target="https://new.example/", updated_at=later)
    changed = replace(changed, version=2)
    assert await change(storage, changed)
    assert await storage.links.by_code("code1") == changed
    assert await storage.links.counted("code1") == CountedLink(link=changed, clicks=0)
    assert await storage.links.by_code("code2") == link(2)


@pytest.mark.parametrize(
    "changed",
    [link(1, version=2), link(1, version=4), link(9, "code1", version=3)],
    ids=["older", "skipping", "unknown"],
)
async def test_other_versions_are_not_replaced(storage: Storage, changed: Link) -> None:
    """A change of anything but the stored version changes nothing."""
    await add(storage, link(1, version=2))
    assert not await change(storage, replace(changed, target="https://lost.example/"))
    assert await storage.links.by_code("code1") == link(1, version=2)


async def test_one_of_many_changes_succeeds(storage: Storage) -> None:
    """Of many who change the same version at once, exactly one succeeds."""
    await add(storage, link(1))
    outcomes = await asyncio.gather(
        *(
            change(storage, link(1, version=2, target=f"https://example.com/{number}"))
            for number in range(20)
        )
    )
    assert outcomes.count(True) == 1
    found = await storage.links.by_code("code1")
    assert found is not None
    assert found.target == f"https://example.com/{outcomes.index(True)}"


async def test_exception_rolls_everything_back(storage: Storage) -> None:
    """Links, counts, ranges and positions of a failed transaction are not kept."""

    async def fail() -> None:
        async with storage.transaction() as transaction:
            await transaction.links.add([link(1)])
            await transaction.outbox.add([event(1)], reader=CACHES.name)
            await transaction.clicks.add(
                clicks={1: 5},
                counted={"journal": {0: ranges((1, 5))}},
                positions={"journal": JournalPosition(1, 2)},
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    await add(storage, link(1))
    assert await storage.links.counted("code1") == CountedLink(link=link(1), clicks=0)
    async with storage.transaction() as transaction:
        assert await transaction.clicks.position("journal") is None
        assert await transaction.clicks.counted("journal") == {}
        assert await transaction.outbox.take(reader=CACHES.name, limit=5) == []


async def test_readers_see_commits_only(storage: Storage) -> None:
    """A link is found after its commit and not before."""
    async with storage.transaction() as transaction:
        await transaction.links.add([link(1)])
        assert await storage.links.by_code("code1") is None
    assert await storage.links.by_code("code1") == link(1)


async def test_actions_run_after_the_commit(storage: Storage) -> None:
    """What waits for the commit runs in order, before the context ends."""
    done: list[str] = []
    async with storage.transaction() as transaction:
        transaction.after_commit(lambda: done.append("first"))
        await transaction.links.add([link(1)])
        transaction.after_commit(lambda: done.append("second"))
        assert done == []
    assert done == ["first", "second"]


async def test_actions_run_when_there_was_nothing_to_commit(storage: Storage) -> None:
    """A transaction without operations succeeds like any other."""
    done: list[str] = []
    async with storage.transaction() as transaction:
        transaction.after_commit(lambda: done.append("done"))
    assert done == ["done"]


async def test_actions_are_discarded_on_rollback(storage: Storage) -> None:
    """What waits for a commit that never happens does not run."""
    done: list[str] = []

    async def fail() -> None:
        async with storage.transaction() as transaction:
            transaction.after_commit(lambda: done.append("done"))
            await transaction.links.add([link(1)])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert done == []


async def test_one_of_many_writers_gets_the_code(storage: Storage) -> None:
    """Of 50 creates of one code at once, one gets it and the others are refused."""
    outcomes = await asyncio.gather(
        *(add(storage, link(number, "wanted")) for number in range(50))
    )
    winners = [number for number, refused in enumerate(outcomes) if not refused]
    found = await storage.links.by_code("wanted")
    assert found is not None
    assert winners == [found.id]
    losers = set(range(50)) - {found.id}
    assert losers == frozenset().union(*outcomes)


async def test_overlapping_batches_share_the_codes(storage: Storage) -> None:
    """Batches in different orders do not wait in a circle; each code is one's."""
    codes = [f"code{number}" for number in range(50)]
    orders = [codes, codes[::-1], codes[25:] + codes[:25]]
    outcomes = await asyncio.gather(
        *(
            add(storage, *(link(100 * who + at, code) for at, code in enumerate(order)))
            for who, order in enumerate(orders)
        )
    )
    assert sum(50 - len(refused) for refused in outcomes) == 50
    assert len(await stored_ids(storage)) == 50


async def test_links_are_found_by_their_codes(storage: Storage) -> None:
    """All that exist come, each once, and none of another domain or spelling."""
    elsewhere = link(9, "code9", domain="other.example")
    await add(storage, *(link(number) for number in range(1, 6)), elsewhere)
    codes = ["code4", "code1", "code4", "code9", "CODE2", "", "\0", "it's", '"é"']
    found = await storage.links.by_codes(codes)
    assert sorted(found, key=lambda each: each.id) == [link(1), link(4)]
    assert await storage.links.by_codes(codes, domain="other.example") == [elsewhere]
    assert await storage.links.by_codes([]) == []


async def test_many_links_are_found_by_their_codes(storage: Storage) -> None:
    """As many codes as are kept warm are one question."""
    await add(storage, *(link(number) for number in range(1, 6_001)))
    codes = [f"code{number}" for number in range(3_001, 9_001)]
    found = await storage.links.by_codes(codes)
    assert {each.id for each in found} == set(range(3_001, 6_001))
    assert len(found) == 3_000


async def test_links_are_found_by_their_ids(storage: Storage) -> None:
    """Each once, those of all domains, as many as a report may name."""
    elsewhere = link(9, "code9", domain="other.example")
    await add(storage, *(link(number) for number in range(1, 6)), elsewhere)
    found = await storage.links.by_ids([4, 9, 4, 2**63 - 1, *range(100, 10_000)])
    assert sorted(found, key=lambda each: each.id) == [link(4), elsewhere]
    assert await storage.links.by_ids([]) == []


async def test_newest_links_come_in_pages(storage: Storage) -> None:
    """Pages are by descending id, without gaps or repeats, with clicks."""
    await add(storage, *(link(number) for number in (3, 1, 2, 5, 4)))
    await count(storage, {4: 7})
    first = await storage.links.newest(limit=2)
    second = await storage.links.newest(limit=2, before_id=4)
    third = await storage.links.newest(limit=2, before_id=2)
    found = [(each.link.id, each.clicks) for each in [*first, *second, *third]]
    assert found == [(5, 0), (4, 7), (3, 0), (2, 0), (1, 0)]


async def test_cancelled_transaction_leaves_nothing(storage: Storage) -> None:
    """A transaction whose task is cancelled is rolled back, and others go on."""
    added = asyncio.Event()

    async def add_and_hang() -> None:
        async with storage.transaction() as transaction:
            await transaction.links.add([link(1)])
            added.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(add_and_hang())
    await added.wait()
    waiting = asyncio.create_task(add(storage, link(2)))
    await asyncio.sleep(0)
    task.cancel()
    await waiting
    await asyncio.wait([task])
    assert task.cancelled()
    assert [link(2)] == [each.link for each in await storage.links.newest(limit=9)]


@pytest.mark.slow
async def test_cancellation_at_any_await_is_clean(storage: Storage) -> None:
    """Wherever the cancellation strikes, all or nothing is kept, and actions know."""
    done: list[int] = []

    async def add_two(number: int) -> None:
        async with storage.transaction() as transaction:
            transaction.after_commit(lambda: done.append(number))
            await transaction.links.add([link(number)])
            await transaction.links.add([link(number + 1)])

    for number in range(0, 600, 2):
        task = asyncio.create_task(add_two(number))
        for _ in range(number):
            await asyncio.sleep(0)
        task.cancel()
        task.cancel()
        await asyncio.wait([task])
    await add(storage, link(1_000))
    kept = {counted.link.id for counted in await storage.links.newest(limit=9_999)}
    assert kept == {1_000, *done, *(number + 1 for number in done)}


@pytest.mark.slow
@pytest.mark.parametrize("limit", [1.5])
async def test_waiting_for_another_writer_is_bounded(storage: Storage) -> None:
    """A transaction that waits too long for another one is refused."""
    # On a busy machine the first one may be too long idle, which is not the subject.
    with suppress(BackendUnavailable):
        async with storage.transaction() as transaction:
            await transaction.links.add([link(1)])
            with pytest.raises(BackendUnavailable):
                await add(storage, link(2, "code1"))
    await add(storage, link(2))
    assert await storage.links.by_code("code2") == link(2)


async def test_ping_answers(storage: Storage) -> None:
    """A store in working order says so, empty or not; asking changes nothing."""
    await storage.ping()
    await add(storage, link(1))
    before = await storage.links.newest(limit=9)
    await storage.ping()
    assert await storage.links.newest(limit=9) == before


async def test_secret_is_made_once(secrets: InstanceSecrets) -> None:
    """Every caller gets the same 32 random bytes of a secret."""
    asked = await asyncio.gather(*(secrets.secret("codes") for _ in range(8)))
    assert len(bytes.fromhex(asked[0])) == 32
    assert {await secrets.secret("codes")} == set(asked)
    assert asked[0] != await secrets.secret("another")
