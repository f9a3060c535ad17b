"""Several processes that create, change and publish on one PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, aclosing

import pytest

from tests.unit.services.links.contexts import context_over
from tests.unit.services.links.creating import link
from waypost.adapters.local import SystemClock
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.audit.entries import BY_SERVER
from waypost.domain.errors import CodeTaken, LinkChangedMeanwhile
from waypost.domain.events import CACHES, LinkEvent
from waypost.domain.links import CountedLink
from waypost.domain.urls.own_server import OwnServer
from waypost.domain.urls.targets import TargetPolicy
from waypost.services.links.create_batches import (
    CreateBatches,
    CreateContext,
    CreateLimits,
)
from waypost.services.links.edit import LinkEdit, edit_link
from waypost.services.links.relay import Caches, EventRelay
from waypost.telemetry.metrics import Metrics

POLICY = TargetPolicy(
    schemes=frozenset({"https"}),
    max_length=8_192,
    allow_credentials=False,
    own=OwnServer(),
)
CODES = 40


class Process:
    """What one process has of its own."""

    def __init__(self, storage: SqlStorage) -> None:
        self.storage = storage
        self.nudged: list[LinkEvent] = []
        self.invalidated: list[tuple[str, int]] = []
        self.creation = CreateBatches(
            CreateContext(
                storage=storage,
                event_readers=[CACHES],
                forget=lambda code: None,
                nudge=self.nudged.append,
                metrics=Metrics(),
            ),
            limits=CreateLimits(),
        )
        self.relay = EventRelay(
            storage=storage,
            caches=Caches(
                invalidate=lambda code, version: self.invalidated.append(
                    (code, version)
                )
            ),
            metrics=Metrics(),
            interval=0.01,
        )

    async def create(self, codes: Sequence[str], first_id: int) -> list[object]:
        """Ask for all *codes* at once; return what became of each."""
        return await asyncio.gather(
            *(
                self.creation.add(link(first_id + at, code), is_chosen=True)
                for at, code in enumerate(codes)
            ),
            return_exceptions=True,
        )

    async def change(
        self, url: str, versions: frozenset[int] | None = None
    ) -> CountedLink:
        """Let the link `contested` lead to *url*."""
        edit = LinkEdit(url=url, versions=versions)
        context = context_over(
            self.storage, clock=SystemClock(), nudge=self.nudged.append
        )
        return await edit_link("contested", edit, by=BY_SERVER, context=context)


@pytest.fixture
async def processes(migrated_postgres_url: str) -> AsyncIterator[list[Process]]:
    """Two processes, each with its own connections."""
    async with AsyncExitStack() as stack:
        storages = [
            await stack.enter_async_context(
                aclosing(
                    await SqlStorage.open(migrated_postgres_url, timeout_seconds=5)
                )
            )
            for _ in range(2)
        ]
        yield [Process(storage) for storage in storages]


async def outbox_of(process: Process) -> list[LinkEvent]:
    """Return the events that are not published."""
    async with process.storage.transaction() as transaction:
        taken = await transaction.outbox.take(reader=CACHES.name, limit=1000)
        return [each.event for each in taken]


async def test_the_same_codes_in_opposite_order(processes: list[Process]) -> None:
    """Each code has one winner, whose event is in the outbox; each create ends."""
    one, other = processes
    for lap in range(5):
        codes = [f"lap{lap}code{number}" for number in range(CODES)]
        outcomes = await asyncio.gather(
            one.create(codes, 1_000 * lap),
            other.create(codes[::-1], 1_000 * lap + 500),
        )
        mine, theirs = outcomes[0], outcomes[1][::-1]
        for code, pair in zip(codes, zip(mine, theirs, strict=True), strict=True):
            assert sorted(map(str, pair)) == ["None", str(CodeTaken())], code
    reported = {event.link.code for event in one.nudged + other.nudged}
    assert reported == {event.link.code for event in await outbox_of(one)}
    assert len(reported) == len(one.nudged + other.nudged) == 5 * CODES


async def test_racing_editors(processes: list[Process]) -> None:
    """Of two processes' editors one wins a version; without one, all are stored."""
    one, other = processes
    await one.create(["contested"], 1)
    outcomes = await asyncio.gather(
        *(
            process.change(f"https://{number}.example/", frozenset({1}))
            for number, process in enumerate(processes * 3)
        ),
        return_exceptions=True,
    )
    assert sum(isinstance(outcome, CountedLink) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, LinkChangedMeanwhile) for outcome in outcomes) == 5
    await asyncio.gather(
        one.change("https://one.example/"), other.change("https://other.example/")
    )
    stored = await one.storage.links.by_code("contested")
    assert stored
    assert stored.version == 4


async def test_relays_share_the_outbox(processes: list[Process]) -> None:
    """Two relays at once publish every event, and each is taken by one of them."""
    one, other = processes
    await one.create([f"code{number}" for number in range(500)], 1)
    tasks = [asyncio.create_task(process.relay.run()) for process in processes]
    while len(one.invalidated + other.invalidated) < 500:  # noqa: ASYNC110  # two lists
        await asyncio.sleep(0.01)
    for task in tasks:
        task.cancel()
    await asyncio.wait(tasks)
    published = one.invalidated + other.invalidated
    assert len(published) == len(set(published)) == 500
