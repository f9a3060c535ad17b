"""Look-ups in progress while their link changes."""

import pytest

from tests.unit.edge.backends import Gate, GatedCache, GatedStore, link_of, settle
from tests.unit.edge.process import MakeProcess, asking
from waypost.domain.links import Absence
from waypost.edge.lookups import MINIMUM_SECONDS, REVALIDATE_SECONDS


async def test_link_created_during_a_look_up_is_found(
    gate: Gate, store: GatedStore, process: MakeProcess
) -> None:
    """An absence seen before a link was created is neither answered nor kept."""
    one = process()
    gate.is_open = False
    visitor = await asking(one.lookups, "later12")
    store.links["later12"] = link_of("later12", 1)
    one.lookups.forget("later12")
    gate.open()

    entry = await visitor
    assert entry is not None
    assert not one.near.is_absent("later12")


async def test_edit_during_a_look_up_is_seen(
    gate: Gate, store: GatedStore, process: MakeProcess
) -> None:
    """A look-up that saw the old target looks again, for all of its visitors."""
    one = process()
    store.links["abc"] = link_of("abc", 1)
    gate.is_open = False
    before = await asking(one.lookups, "abc")
    store.links["abc"] = link_of("abc", 2)
    one.lookups.invalidate("abc", 2)
    after = await asking(one.lookups, "abc")
    gate.open()

    for visitor in (before, after):
        entry = await visitor
        assert entry is not None
        assert entry.version == 2
    assert store.asked == ["abc", "abc"]


async def test_visitor_who_leaves_does_not_take_the_answer_along(
    gate: Gate, process: MakeProcess
) -> None:
    """Cancelling one of two waiting visitors leaves the other one's look-up alone."""
    one = process()
    gate.is_open = False
    first = await asking(one.lookups, "abc")
    second = await asking(one.lookups, "abc")
    first.cancel()
    gate.open()

    assert await second is None
    assert first.cancelled()


async def test_one_look_up_per_process(
    gate: Gate, store: GatedStore, cache: GatedCache, process: MakeProcess
) -> None:
    """However many visitors ask, the store is asked once."""
    one = process(cache)
    store.links["abc"] = link_of("abc", 1)
    gate.is_open = False
    visitors = [await asking(one.lookups, "abc") for _ in range(20)]
    gate.open()

    assert len({id(await visitor) for visitor in visitors}) == 1
    assert store.asked == ["abc"]


@pytest.mark.parametrize("exists", [True, False])
async def test_one_look_up_across_processes(
    gate: Gate,
    store: GatedStore,
    cache: GatedCache,
    process: MakeProcess,
    *,
    exists: bool,
) -> None:
    """While one process asks the store, the other waits for its result."""
    one, two = process(cache), process(cache)
    if exists:
        store.links["abc"] = link_of("abc", 1)
    gate.is_open = False
    first = await asking(one.lookups, "abc")
    gate.release()  # get: nothing
    await settle()
    gate.release()  # lock: got it
    await settle()
    assert store.asking == ["abc"]
    second = await asking(two.lookups, "abc")
    for expected in ("get abc", "lock abc"):
        assert gate.held[1][0] == expected
        gate.release(1)
        await settle()
    gate.open()

    assert bool(await second) == bool(await first) == exists
    assert store.asked == ["abc"]
    assert (two.tally.shared_lookups, two.tally.store_lookups) == (1, 0)


async def test_process_that_locks_and_dies_delays_others_only_briefly(
    store: GatedStore, cache: GatedCache, process: MakeProcess
) -> None:
    """A lock that brings no result is waited for a moment, then the store is asked."""
    one = process(cache)
    store.links["abc"] = link_of("abc", 1)
    cache.locked.add("abc")

    assert await one.version("abc") == 1
    assert store.asked == ["abc"]


async def test_shared_answer_spares_the_store(
    store: GatedStore, cache: GatedCache, process: MakeProcess
) -> None:
    """A link or an absence that another process has shared is taken from there."""
    cache.remember(link_of("abc", 3))
    cache.primary["gone"] = Absence()
    cache.catch_up()
    one = process(cache)

    assert (await one.version("abc"), await one.version("gone")) == (3, 0)
    assert one.near.get("abc") is not None
    assert one.near.is_absent("gone")
    assert store.asked == []


async def test_visitor_does_not_wait_for_sharing(
    gate: Gate, store: GatedStore, cache: GatedCache, process: MakeProcess
) -> None:
    """The answer leaves while the shared cache is still being written."""
    one = process(cache)
    store.links["abc"] = link_of("abc", 1)
    gate.is_open = False
    visitor = await asking(one.lookups, "abc")
    while not visitor.done():
        gate.release()
        await settle()

    assert [what for what, _ in gate.held] == ["put"]
    gate.open()
    await settle()
    assert cache.primary["abc"] == link_of("abc", 1)
    assert cache.locked == set()


async def test_sharing_that_hangs_is_given_up(
    gate: Gate, store: GatedStore, cache: GatedCache, process: MakeProcess
) -> None:
    """What was answered stays so, and nothing is logged as a mistake of ours."""
    one = process(cache, timeout=0.2)
    store.links["abc"] = link_of("abc", 1)
    gate.is_open, gate.only = False, "put"
    assert await one.version("abc") == 1
    while not gate.cancelled:
        await settle()
    await settle()
    assert gate.cancelled == ["put"]
    assert await one.version("abc") == 1


async def test_answer_of_a_lagging_replica_is_not_used(
    store: GatedStore, cache: GatedCache, process: MakeProcess
) -> None:
    """A process that knows of a change uses nothing older, and asks the store."""
    one = process(cache)
    store.links["abc"] = link_of("abc", 1)
    assert await one.version("abc") == 1
    await settle()
    cache.lags = True
    store.links["abc"] = link_of("abc", 2)
    cache.remember(link_of("abc", 2))
    one.lookups.invalidate("abc", 2)

    assert await one.version("abc") == 2
    assert cache.replica["abc"] == link_of("abc", 1)


async def test_answer_of_a_lagging_replica_is_not_used_during_a_look_up_either(
    gate: Gate, store: GatedStore, cache: GatedCache, process: MakeProcess
) -> None:
    """A repeated look-up accepts no older answer of the shared cache."""
    one = process(cache)
    store.links["abc"] = link_of("abc", 1)
    cache.remember(link_of("abc", 1))
    cache.lags = True
    gate.is_open = False
    visitor = await asking(one.lookups, "abc")
    store.links["abc"] = link_of("abc", 2)
    one.lookups.invalidate("abc", 2)
    one.lookups.invalidate("abc", 1)  # a message that comes late, or again
    gate.open()

    entry = await visitor
    assert entry is not None
    assert entry.version == 2


async def test_old_result_of_another_process_is_not_taken(
    gate: Gate, store: GatedStore, cache: GatedCache, process: MakeProcess
) -> None:
    """A process that waits for another one's result takes no older version from it."""
    one = process(cache)
    store.links["abc"] = link_of("abc", 2)
    one.lookups.invalidate("abc", 2)
    cache.locked.add("abc")
    gate.is_open = False
    visitor = await asking(one.lookups, "abc")
    cache.remember(link_of("abc", 1))
    gate.open()

    entry = await visitor
    assert entry is not None
    assert entry.version == 2


async def test_created_link_is_found_in_spite_of_a_shared_absence(
    store: GatedStore, cache: GatedCache, process: MakeProcess
) -> None:
    """A link can be followed the moment after it was created here."""
    one = process(cache)
    assert await one.version("abc") == 0
    await settle()
    assert cache.replica["abc"] == Absence()
    store.links["abc"] = link_of("abc", 1)
    one.lookups.forget("abc")

    assert await one.version("abc") == 1


async def test_floor_is_gone_after_its_time(
    store: GatedStore, cache: GatedCache, process: MakeProcess
) -> None:
    """Seconds after a change the shared cache is used again."""
    one = process(cache)
    cache.remember(link_of("abc", 1))
    one.lookups.invalidate("abc", 2)
    one.clock.move(MINIMUM_SECONDS)

    assert await one.version("abc") == 1
    assert store.asked == []


async def test_late_or_repeated_message_costs_nothing(
    store: GatedStore, process: MakeProcess
) -> None:
    """A cached entry that is new enough stays."""
    one = process()
    store.links["abc"] = link_of("abc", 3)
    await one.version("abc")
    for version in (1, 2, 3):
        one.lookups.invalidate("abc", version)

    assert one.near.get("abc") is not None


async def test_answer_under_way_is_outdated_by_doubt(
    gate: Gate, store: GatedStore, cache: GatedCache, process: MakeProcess
) -> None:
    """A look-up from before a gap is not remembered, nor shared."""
    one = process(cache)
    store.links["abc"] = link_of("abc", 1)
    gate.is_open = False
    visitor = await asking(one.lookups, "abc")
    gate.release()
    await settle()
    gate.release()
    await settle()
    assert store.asking == ["abc"]
    store.links["abc"] = link_of("abc", 2)
    one.lookups.revalidate_all()
    gate.open()

    entry = await visitor
    assert entry is not None
    assert entry.version == 2
    await settle()
    assert cache.primary["abc"] == link_of("abc", 2)


async def test_doubt_ends_everything_within_seconds(
    store: GatedStore, process: MakeProcess
) -> None:
    """After a gap every link is looked up again, and not all at the same moment."""
    one = process()
    codes = [f"code{number}" for number in range(300)]
    for code in codes:
        store.links[code] = link_of(code, 1)
        await one.version(code)
        store.links[code] = link_of(code, 2)
    assert await one.version("nothing") == 0
    one.lookups.revalidate_all()
    assert not one.near.is_absent("nothing")

    one.clock.move(REVALIDATE_SECONDS / 2)
    renewed = [code for code in codes if one.near.get(code) is None]
    assert 100 < len(renewed) < 200
    one.clock.move(REVALIDATE_SECONDS / 2)
    assert [await one.version(code) for code in codes] == [2] * len(codes)
    assert all(one.near.get(code) for code in codes)


async def test_what_is_held_ready_is_not_looked_up(
    store: GatedStore, process: MakeProcess
) -> None:
    """A second visitor costs the store nothing."""
    one = process()
    store.links["abc"] = link_of("abc", 1)
    assert [await one.version("abc") for _ in range(3)] == [1, 1, 1]
    assert store.asked == ["abc"]


async def test_created_link_may_come_from_the_shared_cache(
    store: GatedStore, cache: GatedCache, process: MakeProcess
) -> None:
    """A link that was created here and shared since need not be asked of the store."""
    one = process(cache)
    one.lookups.forget("abc")
    cache.remember(link_of("abc", 1))
    assert await one.version("abc") == 1
    assert store.asked == []
