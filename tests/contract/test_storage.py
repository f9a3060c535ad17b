"""What every store of links and counts promises."""

import asyncio
from datetime import UTC, datetime, timedelta, timezone

import pytest

from waypost.domain.errors import BackendUnavailable, CodeTaken
from waypost.domain.links import CountedLink, Link
from waypost.domain.sequences import CountedSequences, SequenceRange
from waypost.ports.storage import InstanceSecrets, JournalPosition, Storage

NOON = datetime(2026, 1, 2, 12, 0, 0, 123456, tzinfo=UTC)


def link(number: int, code: str = "", **values: str) -> Link:
    """Return a link that differs from those of other numbers."""
    return Link(
        id=number,
        code=code or f"code{number}",
        target=values.pop("target", f"https://example.com/{number}"),
        created_at=NOON,
        updated_at=NOON + timedelta(microseconds=1),
        **values,
    )


def ranges(*spans: tuple[int, int]) -> CountedSequences:
    """Return counted sequences."""
    return CountedSequences(tuple(SequenceRange(*span) for span in spans))


async def add(storage: Storage, *links: Link) -> None:
    """Add links in one transaction."""
    async with storage.transaction() as transaction:
        for each in links:
            await transaction.links.add(each)


async def count(
    storage: Storage,
    clicks: dict[int, int] | None = None,
    counted: dict[int, CountedSequences] | None = None,
    position: JournalPosition | None = None,
    journal: str = "journal",
) -> None:
    """Count clicks in one transaction."""
    async with storage.transaction() as transaction:
        await transaction.clicks.add(
            journal=journal,
            clicks=clicks or {},
            counted=counted or {},
            position=position,
        )


@pytest.mark.parametrize(
    "stored",
    [
        link(1),
        link(0, "Zero"),
        link(2**62, "Big"),
        link(2, target="https://example.com/" + "é" * 8_172),
        link(3, target="https://例え.jp/路径?q=🎈"),
        link(4, domain="go.example.com"),
    ],
    ids=["plain", "zero", "big id", "long", "unicode", "domain"],
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
    """The first link with a code or an id keeps it."""
    await add(storage, link(1))
    with pytest.raises(CodeTaken):
        await add(storage, second)
    assert await storage.links.newest(limit=9) == [CountedLink(link=link(1), clicks=0)]


@pytest.mark.parametrize(
    "second", [link(2, "code1"), link(1, "other")], ids=["code", "id"]
)
async def test_code_added_in_the_same_transaction_is_taken(
    storage: Storage, second: Link
) -> None:
    """A transaction sees what it has added itself."""
    async with storage.transaction() as transaction:
        await transaction.links.add(link(1))
        with pytest.raises(CodeTaken):
            await transaction.links.add(second)


async def test_transaction_is_usable_after_a_refusal(storage: Storage) -> None:
    """After `CodeTaken` the same transaction can add another link and commit."""
    await add(storage, link(1))
    async with storage.transaction() as transaction:
        with pytest.raises(CodeTaken):
            await transaction.links.add(link(2, "code1"))
        await transaction.links.add(link(2, "code2"))
    assert await storage.links.by_code("code2") == link(2)


async def test_exception_rolls_everything_back(storage: Storage) -> None:
    """Links, counts, ranges and positions of a failed transaction are not kept."""

    async def fail() -> None:
        async with storage.transaction() as transaction:
            await transaction.links.add(link(1))
            await transaction.clicks.add(
                journal="journal",
                clicks={1: 5},
                counted={0: ranges((1, 5))},
                position=JournalPosition(1, 2),
            )
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    await add(storage, link(1))
    assert await storage.links.counted("code1") == CountedLink(link=link(1), clicks=0)
    async with storage.transaction() as transaction:
        assert await transaction.clicks.position("journal") is None
        assert await transaction.clicks.counted("journal") == {}


async def test_readers_see_commits_only(storage: Storage) -> None:
    """A link is found after its commit and not before."""
    async with storage.transaction() as transaction:
        await transaction.links.add(link(1))
        assert await storage.links.by_code("code1") is None
    assert await storage.links.by_code("code1") == link(1)


async def test_actions_run_after_the_commit(storage: Storage) -> None:
    """What waits for the commit runs in order, before the context ends."""
    done: list[str] = []
    async with storage.transaction() as transaction:
        transaction.after_commit(lambda: done.append("first"))
        await transaction.links.add(link(1))
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
            await transaction.links.add(link(1))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await fail()
    assert done == []


async def test_one_of_many_writers_gets_the_code(storage: Storage) -> None:
    """Of 50 who want one code at once, one gets it and the others are told."""
    outcomes = await asyncio.gather(
        *(add(storage, link(number, "wanted")) for number in range(50)),
        return_exceptions=True,
    )
    losers = [outcome for outcome in outcomes if outcome is not None]
    assert [CodeTaken] * 49 == [type(loser) for loser in losers]


async def test_counts_add_up(storage: Storage) -> None:
    """Clicks are added to what was counted before; other links keep their counts."""
    await add(storage, link(1), link(2))
    await count(storage, {1: 3})
    await count(storage, {1: 4, 2: 1})
    first = await storage.links.counted("code1")
    second = await storage.links.counted("code2")
    assert first == CountedLink(link=link(1), clicks=7)
    assert second == CountedLink(link=link(2), clicks=1)


async def test_counts_of_thousands_of_links_add_up(storage: Storage) -> None:
    """A batch may name any number of links, also ones that are not stored."""
    await add(storage, link(2**62), link(0))
    clicks = dict.fromkeys(range(5_000), 2) | {2**62: 2}
    await count(storage, clicks)
    await count(storage, clicks)
    newest = await storage.links.newest(limit=5)
    assert [each.clicks for each in newest] == [4, 4]


async def test_counted_ranges_are_replaced_by_lane(storage: Storage) -> None:
    """A lane has the ranges that were given last; other lanes and journals stay."""
    await count(storage, counted={1: ranges((1, 5), (9, 9)), 2: ranges((1, 1))})
    await count(storage, counted={1: ranges((7, 8))}, journal="other")
    await count(storage, counted={1: ranges((1, 9))})
    async with storage.transaction() as transaction:
        assert await transaction.clicks.counted("journal") == {
            1: ranges((1, 9)),
            2: ranges((1, 1)),
        }
        assert await transaction.clicks.counted("other") == {1: ranges((7, 8))}
        assert await transaction.clicks.counted("unknown") == {}


async def test_lane_without_ranges_is_absent(storage: Storage) -> None:
    """A lane that is given no ranges counts as one of which nothing is counted."""
    await count(storage, counted={1: ranges((1, 5)), 2: ranges((1, 1))})
    await count(storage, counted={1: ranges()})
    async with storage.transaction() as transaction:
        assert {2: ranges((1, 1))} == await transaction.clicks.counted("journal")


async def test_position_moves_and_stays_with_none(storage: Storage) -> None:
    """The position is what was given last; None leaves it alone."""
    positions = []
    for position in (None, JournalPosition(1, 2), None, JournalPosition(2, 0)):
        await count(storage, {1: 1}, position=position)
        async with storage.transaction() as transaction:
            positions.append(await transaction.clicks.position("journal"))
    assert positions == [None, (1, 2), (1, 2), (2, 0)]


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
            await transaction.links.add(link(1))
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
            await transaction.links.add(link(number))
            await transaction.links.add(link(number + 1))

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


async def test_waiting_for_another_writer_is_bounded(storage: Storage) -> None:
    """Who waits too long for a transaction that does not end is refused."""
    async with storage.transaction() as transaction:
        await transaction.links.add(link(1))
        with pytest.raises(BackendUnavailable):
            await add(storage, link(2))
    await add(storage, link(2))
    assert await storage.links.by_code("code2") == link(2)


async def test_ping_answers(storage: Storage) -> None:
    """A store in working order says so, empty or not."""
    await storage.ping()
    await add(storage, link(1))
    await storage.ping()


async def test_secret_is_made_once(secrets: InstanceSecrets) -> None:
    """Everybody who asks for a secret gets the same 32 random bytes."""
    asked = await asyncio.gather(*(secrets.secret("codes") for _ in range(8)))
    assert len(bytes.fromhex(asked[0])) == 32
    assert {await secrets.secret("codes")} == set(asked)
    assert asked[0] != await secrets.secret("another")
