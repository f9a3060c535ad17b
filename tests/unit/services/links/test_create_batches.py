"""Creates in batches: together in a transaction, and strangers to each other."""

import asyncio

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from tests.loop_time import LoopTime
from tests.unit.services.links.creating import Workplace, link, turns
from waypost.domain.errors import BackendUnavailable, CodeTaken
from waypost.domain.events import CACHES, EventReader, LinkEventKind
from waypost.services.links.create_batches import CreateLimits


async def test_the_first_goes_at_once() -> None:
    """A single create does not wait, and is one transaction."""
    place = Workplace()
    await place.creation.add(link(1))
    assert place.store.batches == [["code1"]]
    assert await place.store.links.by_code("code1") == link(1)


async def test_what_arrives_meanwhile_goes_together() -> None:
    """Creates that come during a transaction share the next one."""
    place = Workplace()
    first = await place.hold_up()
    others = [place.start(link(number)) for number in range(1, 8)]
    await turns()
    place.store.open.set()
    await asyncio.gather(first, *others)
    assert [len(batch) for batch in place.store.batches] == [1, 7]


async def test_one_transaction_at_a_time() -> None:
    """The bound holds for as long as the process lives."""
    place = Workplace()
    for number in range(3):
        await place.creation.add(link(number))
    await turns()
    place.store.begun.clear()
    first = await place.hold_up()
    later = []
    for number in range(3, 6):
        later.append(place.start(link(number)))
        await turns()
    assert place.store.batches[3:] == [["first"]]
    place.store.open.set()
    await asyncio.gather(first, *later)
    assert place.store.batches[4:] == [["code3", "code4", "code5"]]


async def test_a_batch_is_bounded() -> None:
    """More creates than a transaction takes are spread over several."""
    place = Workplace()
    first = await place.hold_up()
    others = [place.start(link(number)) for number in range(501)]
    await turns()
    place.store.open.set()
    await asyncio.gather(first, *others)
    assert [len(batch) for batch in place.store.batches] == [1, 500, 1]


async def test_only_the_refused_are_refused() -> None:
    """A taken code in a batch is refused; the others get their links."""
    place = Workplace()
    await place.creation.add(link(1, "taken"))
    outcomes = await asyncio.gather(
        place.creation.add(link(2)),
        place.creation.add(link(3, "taken")),
        place.creation.add(link(4)),
        return_exceptions=True,
    )
    assert [type(outcome) for outcome in outcomes] == [
        type(None),
        CodeTaken,
        type(None),
    ]
    assert await place.store.links.by_code("taken") == link(1, "taken")
    assert place.forgotten == ["taken", "code2", "code4"]


async def test_all_of_a_batch_fail_in_an_outage() -> None:
    """When the store is away, every create of the batch fails, and nothing is left."""
    place = Workplace()
    place.store.trouble = lambda: BackendUnavailable("gone")
    outcomes = await asyncio.gather(
        *(place.creation.add(link(number)) for number in range(3)),
        return_exceptions=True,
    )
    assert [str(outcome) for outcome in outcomes] == ["gone"] * 3
    assert len({id(outcome) for outcome in outcomes}) == 3
    assert place.forgotten == []
    place.store.trouble = lambda: None
    await place.creation.add(link(1))


async def test_no_create_fails_because_of_another() -> None:
    """A link that spoils the transaction fails alone, with its own error."""
    place = Workplace()
    place.store.poison = "code2"
    with structlog.testing.capture_logs() as logs:
        outcomes = await asyncio.gather(
            *(place.creation.add(link(number)) for number in range(5)),
            return_exceptions=True,
        )
    assert [type(outcome).__name__ for outcome in outcomes] == [
        "NoneType",
        "NoneType",
        "ValueError",
        "NoneType",
        "NoneType",
    ]
    assert [len(batch) for batch in place.store.batches] == [5, 1, 1, 1, 1, 1]
    assert [line["event"] for line in logs] == ["create.singled_out"]


async def test_singling_out_ends_when_the_store_goes() -> None:
    """An outage while links are tried one by one is not met once for each."""
    place = Workplace()
    errors = iter([ValueError("odd"), None, BackendUnavailable()])
    place.store.trouble = lambda: next(errors)
    outcomes = await asyncio.gather(
        *(place.creation.add(link(number)) for number in range(6)),
        return_exceptions=True,
    )
    assert outcomes[0] is None
    assert [type(outcome) for outcome in outcomes[1:]] == [BackendUnavailable] * 5


async def test_cancelling_one_create_does_not_affect_others() -> None:
    """A cancelled create changes nothing for those that share its transaction."""
    place = Workplace()
    first = await place.hold_up()
    leaving, staying = place.start(link(1)), place.start(link(2))
    await turns()
    first.cancel()
    leaving.cancel()
    await turns()
    place.store.open.set()
    await staying
    await place.creation.drain(within=1)
    assert first.cancelled()
    assert leaving.cancelled()
    assert place.store.batches == [["first"], ["code2"]]
    assert await place.store.links.by_code("first")
    # It is stored all the same, so caches must not say otherwise.
    assert place.forgotten == ["first", "code2"]


async def test_cancelling_one_single_attempt_does_not_affect_others() -> None:
    """Those whose turn comes after theirs are still served."""
    place = Workplace()
    creates = [place.start(link(number)) for number in range(4)]

    def spoil_once() -> Exception:
        place.store.trouble = lambda: None
        creates[1].cancel()
        return ValueError("odd")

    place.store.trouble = spoil_once
    async with asyncio.timeout(5):
        outcomes = await asyncio.gather(*creates, return_exceptions=True)
    assert isinstance(outcomes.pop(1), asyncio.CancelledError)
    assert outcomes == [None] * 3


async def test_a_timeout_of_one_single_attempt_does_not_affect_others() -> None:
    """A store that was slow for one link is asked for those that still wait."""
    loop_time = LoopTime()
    place = Workplace(limits=CreateLimits(wait_seconds=1.0))
    await place.hold_up()
    older = place.start(link(1))
    await turns()
    await loop_time.move(0.7)
    younger = place.start(link(2))
    await turns()

    def spoil_both() -> Exception | None:
        if len(place.store.batches[-1]) == 1:
            return None
        place.store.open.clear()
        return ValueError("odd")

    place.store.trouble = spoil_both
    place.store.open.set()
    await loop_time.move(0.2)
    assert place.store.batches[1:] == [["code1", "code2"], ["code1"]]
    await loop_time.move(0.2)
    with pytest.raises(BackendUnavailable):
        await older
    place.store.open.set()
    await younger
    assert place.store.batches[1:] == [["code1", "code2"], ["code1"], ["code2"]]


async def test_too_many_are_refused_at_once() -> None:
    """Beyond the bound creates are refused at once."""
    place = Workplace(limits=CreateLimits(waiting=2))
    first = await place.hold_up()
    waiting = [place.start(link(1)), place.start(link(2))]
    await turns()
    with pytest.raises(BackendUnavailable, match="Too many"):
        await place.creation.add(link(3))
    place.store.open.set()
    await asyncio.gather(first, *waiting)


async def test_no_create_waits_for_ever() -> None:
    """A create that has waited its time is refused instead of being begun."""
    place = Workplace(limits=CreateLimits(wait_seconds=0.01))
    first = await place.hold_up()
    late = place.start(link(1))
    await asyncio.sleep(0.02)
    place.store.open.set()
    for create in (first, late):
        with pytest.raises(BackendUnavailable):
            await create
    await place.creation.drain(within=5)
    assert place.store.batches == [["first"]]


async def test_no_create_waits_longer_for_a_store_that_hangs() -> None:
    """Waiting for a turn and for the transaction take their time together."""
    place = Workplace(limits=CreateLimits(wait_seconds=0.01))
    with pytest.raises(BackendUnavailable):
        await (await place.hold_up())
    place.store.open.set()
    await place.creation.drain(within=5)
    assert await place.store.links.by_code("first")
    assert place.forgotten == ["first"]


async def test_chosen_codes_are_reported() -> None:
    """The event of a chosen code is in the outbox; generated ones have none."""
    place = Workplace()
    await asyncio.gather(
        place.creation.add(link(1)), place.creation.add(link(2, "mine"), is_chosen=True)
    )
    async with place.store.transaction() as transaction:
        taken = await transaction.outbox.take(reader=CACHES.name, limit=10)
        stored = [each.event for each in taken]
    assert [event.link.code for event in stored] == ["mine"]
    assert stored[0].kind is LinkEventKind.CREATED
    assert place.events == stored
    assert place.forgotten == ["code1", "mine"]


async def test_a_refused_choice_is_not_reported() -> None:
    """No event is sent for a link that does not exist."""
    place = Workplace()
    await place.creation.add(link(1, "mine"), is_chosen=True)
    with pytest.raises(CodeTaken):
        await place.creation.add(link(2, "mine"), is_chosen=True)
    async with place.store.transaction() as transaction:
        assert len(await transaction.outbox.take(reader=CACHES.name, limit=10)) == 1
    assert len(place.events) == 1


async def test_draining_waits_for_all() -> None:
    """Every accepted create is answered before the process stops."""
    place = Workplace()
    first = await place.hold_up()
    second = place.start(link(2))
    await turns()
    draining = asyncio.create_task(place.creation.drain(within=5))
    await turns()
    assert not draining.done()
    place.store.open.set()
    await draining
    assert (first.done(), second.done()) == (True, True)
    await asyncio.gather(first, second)


async def test_draining_is_bounded() -> None:
    """A store that hangs does not prevent stopping; waiting creates fail."""
    place = Workplace()
    first = await place.hold_up()
    second = place.start(link(2))
    await turns()
    await place.creation.drain(within=0.01)
    for task in (first, second):
        with pytest.raises(BackendUnavailable):
            await task


async def test_batches_carry_no_request_id() -> None:
    """A transaction for many requests does not log under the id of one."""
    place = Workplace()
    seen = []
    place.store.trouble = lambda: seen.append(structlog.contextvars.get_contextvars())
    with structlog.contextvars.bound_contextvars(request_id="one of many"):
        await place.creation.add(link(1))
    assert seen == [{}]


async def test_creates_are_measured() -> None:
    """The metrics show how many of which kind, and how many at a time."""
    place = Workplace()
    await asyncio.gather(
        place.creation.add(link(1)),
        place.creation.add(link(2)),
        place.creation.add(link(3, "mine"), is_chosen=True),
    )
    value = place.metrics.registry.get_sample_value
    assert value("waypost_links_created_total", {"code": "generated"}) == 2
    assert value("waypost_links_created_total", {"code": "custom"}) == 1
    assert value("waypost_create_batch_links_sum") == 3
    assert value("waypost_create_batch_links_count") == 1
    assert value("waypost_creates_waiting") == 0


STEPS = st.lists(
    st.tuples(st.sampled_from(["wish", "other"]), st.integers(0, 3), st.booleans()),
    min_size=2,
    max_size=12,
)


@pytest.mark.slow
@given(steps=STEPS, breaks=st.sets(st.integers(0, 4)))
def test_one_wins_in_any_order(
    steps: list[tuple[str, int, bool]], breaks: set[int]
) -> None:
    """Of all creates of one code, at most one succeeds.

    Each create comes some turns after the last one and may leave a turn later; some
    transactions fail, with an outage or a defect.
    """

    async def race() -> None:
        place = Workplace()
        tried = iter(range(10_000))
        errors = {0: BackendUnavailable(), 1: ValueError("odd")}
        place.store.trouble = lambda: (
            errors[at % 2] if (at := next(tried)) in breaks else None
        )
        tasks = []
        for number, (code, pause, leaves) in enumerate(steps, 1):
            tasks.append(place.start(link(number, code), is_chosen=True))
            await turns(pause)
            if leaves:
                tasks[-1].cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
        await place.creation.drain(within=1)
        for code in ("wish", "other"):
            stored = await place.store.links.by_code(code)
            mine = [
                (number, outcome)
                for number, outcome in enumerate(outcomes, 1)
                if steps[number - 1][0] == code
            ]
            winners = [number for number, outcome in mine if outcome is None]
            assert len(winners) <= 1
            if winners:
                assert stored
                assert [stored.id] == winners
            if any(isinstance(outcome, CodeTaken) for _, outcome in mine):
                assert stored
            reported = [event.link for event in place.events if event.link.code == code]
            assert reported == ([stored] if stored else [])
            if mine and not breaks and not any(leaves for _, _, leaves in steps):
                assert len(winners) == 1

    asyncio.run(race())


@pytest.mark.parametrize("wants_generated", [False, True])
async def test_each_reader_gets_what_it_wants(*, wants_generated: bool) -> None:
    """Caches need the chosen codes only; another reader may want every creation."""
    other = EventReader("others", wants_generated=wants_generated)
    place = Workplace(event_readers=[CACHES, other])
    await asyncio.gather(
        place.creation.add(link(1)), place.creation.add(link(2), is_chosen=True)
    )
    async with place.store.transaction() as transaction:
        got = {
            reader.name: [
                each.event.link.id
                for each in await transaction.outbox.take(reader=reader.name, limit=9)
            ]
            for reader in (CACHES, other)
        }
    assert got == {"caches": [2], "others": [1, 2] if wants_generated else [2]}
    assert [event.link.id for event in place.events] == [2]
