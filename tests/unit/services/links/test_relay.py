"""The relay: every change is published to every process, at once or later."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import structlog

from tests.unit.services.links.creating import link, turns
from waypost.adapters.memory.storage import MemoryStorage
from waypost.domain.errors import BackendUnavailable
from waypost.domain.events import CACHES, Invalidation, LinkEvent, LinkEventKind
from waypost.domain.links import Link
from waypost.services.links.relay import MAX_EVENTS, Caches, EventRelay
from waypost.telemetry.metrics import Metrics

NEVER = 1_000.0


class Others:
    """The other processes: a shared cache and listeners, which may be away.

    It serves as `SharedCache` and as `Invalidations`, as far as a relay knows them.
    """

    def __init__(self) -> None:
        self.received: list[tuple[str, str, int]] = []
        """What was put or published: how, which code, which version."""
        self.is_away = False
        self.closes_after: str | None = None
        """The code whose publication is the last one for now."""
        self.open = asyncio.Event()
        self.open.set()
        self.asked = asyncio.Event()

    async def put(self, links: Sequence[Link]) -> None:
        """Remember *links*."""
        await self._answer()
        self.received += [("put", link.code, link.version) for link in links]

    async def publish(self, changed: Sequence[Invalidation]) -> None:
        """Receive *changed*."""
        await self._answer()
        self.received += [("published", one.code, one.version) for one in changed]
        if self.closes_after in {one.code for one in changed}:
            self.open.clear()

    async def _answer(self) -> None:
        self.asked.set()
        await self.open.wait()
        if self.is_away:
            raise BackendUnavailable


class Post:
    """A relay over a store in memory."""

    def __init__(
        self,
        *,
        alone: bool = False,
        without_channel: bool = False,
        interval: float = NEVER,
    ) -> None:
        self.storage = MemoryStorage()
        self.others = Others()
        self.invalidated: list[tuple[str, int]] = []
        self.has_defect = False
        self.metrics = Metrics()
        others = None if alone else self.others
        self.relay = EventRelay(
            storage=self.storage,
            caches=Caches(
                invalidate=self.invalidate,
                shared=others,  # type: ignore[arg-type]  # as far as a relay knows it
                invalidations=None if without_channel else others,  # type: ignore[arg-type]  # as far as a relay knows it
            ),
            metrics=self.metrics,
            interval=interval,
        )

    def invalidate(self, code: str, version: int) -> None:
        """Note that the near cache has got a version."""
        if self.has_defect:
            raise ZeroDivisionError(code, version)
        self.invalidated.append((code, version))

    async def commit(self, *numbers: int) -> list[LinkEvent]:
        """Store events as another process would."""
        events = [event(number) for number in numbers]
        async with self.storage.transaction() as transaction:
            await transaction.outbox.add(events, reader=CACHES.name)
        return events

    def value(self, name: str) -> float:
        """Return what the metric *name* stands at."""
        return self.metrics.registry.get_sample_value(name) or 0.0

    async def waiting(self) -> int:
        """Return how many events wait in the outbox."""
        async with self.storage.transaction() as transaction:
            return len(await transaction.outbox.take(reader=CACHES.name, limit=10_000))

    async def emptied(self) -> None:
        """Wait until the outbox is empty."""
        while await self.waiting():  # noqa: ASYNC110  # the store sends no event
            await asyncio.sleep(0.001)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Let the relay run."""
        task = asyncio.create_task(self.relay.run())
        yield
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()


def event(number: int) -> LinkEvent:
    """Return the event of a link's creation."""
    created = link(number)
    return LinkEvent(
        kind=LinkEventKind.CREATED, link=created, occurred_at=created.created_at
    )


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something is so; the test's own time-out bounds it."""
    while not condition():  # noqa: ASYNC110  # a counter has no event
        await asyncio.sleep(0.001)


async def test_what_is_nudged_is_published_at_once() -> None:
    """The near cache gets it first; then all others, in order."""
    post = Post()
    async with post.running():
        (committed,) = await post.commit(1)
        post.relay.nudge(committed)
        assert post.invalidated == [("code1", 1)]
        await post.relay.flushed(within=5)
        assert post.others.received == [("put", "code1", 1), ("published", "code1", 1)]
        await post.emptied()
    # Taken from the outbox without being published a second time.
    assert len(post.others.received) == 2


async def test_what_others_committed_is_published_in_time() -> None:
    """The outbox is looked at every interval, without a nudge."""
    post = Post(interval=0.01)
    await post.commit(1, 2)
    async with post.running():
        await until(lambda: len(post.others.received) == 4)
        await post.emptied()
    assert post.invalidated == [("code1", 1), ("code2", 1)]
    assert post.metrics.registry.get_sample_value("waypost_link_events_told_total") == 2


async def test_a_long_outbox_is_published_whole() -> None:
    """More events than one transaction takes are published batch by batch."""
    post = Post()
    await post.commit(*range(2 * MAX_EVENTS + 1))
    async with post.running():
        await until(lambda: len(post.others.received) == 2 * (2 * MAX_EVENTS + 1))
    assert await post.waiting() == 0


async def test_nothing_is_lost_while_others_are_away() -> None:
    """Events stay in the outbox, and are published once Redis is back."""
    post = Post(interval=0.01)
    post.others.is_away = True
    with structlog.testing.capture_logs() as logs:
        async with post.running():
            (committed,) = await post.commit(1)
            post.relay.nudge(committed)
            await post.relay.flushed(within=5)
            failures = post.metrics.registry.get_sample_value
            await until(lambda: failures("waypost_link_relay_failures_total") == 3)
            assert await post.waiting() == 1
            post.others.is_away = False
            await until(lambda: len(post.others.received) == 2)
            await post.emptied()
    # Once, although it has failed three times.
    [line] = logs
    assert (line["event"], line["failures"]) == ("relay.failed", 1)
    assert line["exc_info"] is None


async def test_an_editor_waits_no_longer_than_said() -> None:
    """Others that hang delay an editor for a bounded time."""
    post = Post()
    post.others.open.clear()
    async with post.running():
        post.relay.nudge(event(1))
        await post.relay.flushed(within=0.01)
        assert post.others.received == []


async def test_an_editor_waits_for_their_own_change() -> None:
    """An event that is nudged during a round waits for the next round."""
    post = Post()
    post.others.open.clear()
    async with post.running():
        post.relay.nudge(event(1))
        await post.others.asked.wait()
        post.relay.nudge(event(2))
        second = asyncio.create_task(post.relay.flushed(within=5))
        await turns()
        post.others.closes_after = "code1"
        post.others.open.set()
        await until(lambda: ("published", "code1", 1) in post.others.received)
        await turns(20)
        late = asyncio.create_task(post.relay.flushed(within=5))
        await turns()
        assert (second.done(), late.done()) == (False, False)
        post.others.open.set()
        await asyncio.gather(second, late)
        assert ("published", "code2", 1) in post.others.received


async def test_a_shared_cache_alone_is_updated_at_once() -> None:
    """Editors wait for it, also without a channel of invalidations."""
    post = Post(without_channel=True)
    async with post.running():
        post.relay.nudge(event(1))
        await post.relay.flushed(within=NEVER)
    assert post.others.received == [("put", "code1", 1)]


async def test_no_editor_waits_without_an_event() -> None:
    """Without an event to publish, an editor does not wait, even if no relay runs."""
    await Post().relay.flushed(within=NEVER)


async def test_others_that_hang_hold_no_transaction() -> None:
    """A transaction of the outbox waits for them for half a second at most."""
    post = Post(interval=0.01)
    await post.commit(1)
    post.others.open.clear()
    async with post.running():
        await post.others.asked.wait()
        value = post.metrics.registry.get_sample_value
        await until(lambda: value("waypost_link_relay_failures_total") == 1)
    assert await post.waiting() == 1


async def test_a_process_alone_informs_itself() -> None:
    """Without Redis the near cache gets every change, and editors never wait."""
    post = Post(alone=True, interval=0.01)
    (committed,) = await post.commit(1)
    post.relay.nudge(committed)
    assert post.invalidated == [("code1", 1)]
    await post.relay.flushed(within=NEVER)
    async with post.running():
        await post.emptied()


async def test_a_defect_is_logged_in_full() -> None:
    """An unexpected error is logged with its traceback, and the relay goes on."""
    post = Post(interval=0.01)
    post.has_defect = True
    await post.commit(1)
    with structlog.testing.capture_logs() as logs:
        async with post.running():
            value = post.metrics.registry.get_sample_value
            await until(lambda: value("waypost_link_relay_failures_total") == 2)
    assert [line["kind"] for line in logs] == ["ZeroDivisionError"]
    assert logs[0]["exc_info"]


async def test_the_lag_is_that_of_the_oldest_change() -> None:
    """Of those in the last batch; a change that is published at once was not late."""
    post = Post(interval=0.01)
    created = event(1).occurred_at
    young = datetime.now(UTC)
    events = [
        LinkEvent(kind=LinkEventKind.CHANGED, link=link(2), occurred_at=young),
        LinkEvent(kind=LinkEventKind.CHANGED, link=link(1), occurred_at=created),
    ]
    async with post.storage.transaction() as transaction:
        await transaction.outbox.add(events, reader=CACHES.name)
    async with post.running():
        await post.emptied()
        await until(lambda: post.value("waypost_link_events_told_total") == 2)
    expected = (datetime.now(UTC) - created).total_seconds()
    assert abs(post.value("waypost_link_event_lag_seconds") - expected) < 3_600


async def test_a_change_from_the_future_has_no_lag() -> None:
    """Another machine's clock may be ahead."""
    post = Post(interval=0.01)
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    ahead = LinkEvent(kind=LinkEventKind.CHANGED, link=link(1), occurred_at=tomorrow)
    async with post.storage.transaction() as transaction:
        await transaction.outbox.add([ahead], reader=CACHES.name)
    post.metrics.event_lag_seconds.set(7)
    async with post.running():
        await until(lambda: post.value("waypost_link_events_told_total") == 1)
    assert post.value("waypost_link_event_lag_seconds") == 0


async def test_an_editor_waits_until_others_know() -> None:
    """Not less: a visitor after the answer is sent to the new target."""
    post = Post()
    post.others.open.clear()
    async with post.running():
        post.relay.nudge(event(1))
        waiting = asyncio.create_task(post.relay.flushed(within=1_000))
        await post.others.asked.wait()
        await turns(20)
        assert not waiting.done()
        post.others.open.set()
        await waiting
        assert post.others.received == [("put", "code1", 1), ("published", "code1", 1)]
        # And then there is nothing to wait for.
        await post.relay.flushed(within=1_000)


async def test_editors_do_not_wait_for_others_that_are_away() -> None:
    """A failed round ends their waiting as well: the outbox has the change."""
    post = Post()
    post.others.is_away = True
    async with post.running():
        post.relay.nudge(event(1))
        await post.relay.flushed(within=1_000)
        await post.relay.flushed(within=1_000)
