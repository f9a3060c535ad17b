"""In any order of events, no visitor is sent to a link's earlier target.

Hypothesis invents the orders: two processes, a store that answers with what it knew
when it was asked, a shared cache with slow writers and a replica that lags, and
changes that are reported to each process at some moment. A visitor who asks after the
process knows of a version gets that version or a newer one.
"""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes import SettableClock
from tests.unit.edge.backends import Gate, GatedCache, GatedStore, link_of, settle
from waypost.adapters.memory.near_cache import MemoryNearCache
from waypost.edge.lookups import MINIMUM_SECONDS, LinkSources, Lookups
from waypost.ports.near_cache import NearEntry
from waypost.telemetry.metrics import Tally

CODE = "abc1234"
PROCESSES = [0, 1]
Question = asyncio.Task[NearEntry | None]


@dataclass
class World:
    """The whole system, and the guarantees for every visitor."""

    gate: Gate = field(default_factory=Gate)
    clock: SettableClock = field(default_factory=SettableClock)
    reported: Counter[int] = field(default_factory=Counter)
    """The newest version that was reported to each process."""
    questions: list[tuple[int, Question]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.store = GatedStore(self.gate)
        self.cache = GatedCache(self.gate)
        self.near = [self._near_cache() for _ in PROCESSES]
        self.lookups = [
            Lookups(
                sources=LinkSources(links=self.store, shared=self.cache),
                near=near,
                tally=Tally(),
                timeout_seconds=60,
                monotonic=self.clock.monotonic,
            )
            for near in self.near
        ]

    def _near_cache(self) -> MemoryNearCache:
        return MemoryNearCache(
            max_bytes=1_000_000,
            fresh_seconds=60,
            absent_seconds=60,
            tally=Tally(),
            monotonic=self.clock.monotonic,
        )

    @property
    def version(self) -> int:
        """The stored version, 0 if there is no link."""
        link = self.store.links.get(CODE)
        return link.version if link else 0

    # What may happen

    def ask(self, process: int) -> None:
        """A visitor comes."""
        question = asyncio.create_task(self.lookups[process].find(CODE))
        self.questions.append((process, question))

    def change(self, _: int) -> None:
        """The link is created or edited."""
        self.store.links[CODE] = link_of(CODE, self.version + 1)

    def share(self, _: int) -> None:
        """The relay puts the newest version into the shared cache."""
        if self.version:
            self.cache.remember(self.store.links[CODE])

    def report(self, process: int) -> None:
        """The message arrives, after the relay has shared the version."""
        self.share(process)
        if self.version:
            self.lookups[process].invalidate(CODE, self.version)
            self.reported[process] = self.version

    def create_here(self, process: int) -> None:
        """The link is created by this process itself, and nothing is shared yet."""
        if not self.version:
            self.change(process)
            self.lookups[process].forget(CODE)
            self.reported[process] = 1

    def release(self, process: int) -> None:
        """A visitor who waits for the store or the shared cache gets the answer."""
        if self.gate.held:
            self.gate.release(process % len(self.gate.held))

    def hold(self, _: int) -> None:
        """Answers wait from now on."""
        self.gate.is_open = False
        self.gate.only = ""

    def hold_store(self, _: int) -> None:
        """Answers of the store wait from now on."""
        self.gate.is_open = False
        self.gate.only = "store"

    def flow(self, _: int) -> None:
        """Answers come at once again."""
        self.gate.open()

    def lag(self, _: int) -> None:
        """The replica stands still."""
        self.cache.lags = True

    def catch_up(self, _: int) -> None:
        """The replica has everything."""
        self.cache.lags = False
        self.cache.catch_up()

    def evict(self, _: int) -> None:
        """The shared cache needs room. Writers are never slower than that."""
        if not any(what.startswith("put") for what, _ in self.gate.held):
            self.cache.evict(CODE)

    def revalidate_all(self, process: int) -> None:
        """A connection was lost; what was missed is not known."""
        self.lookups[process].revalidate_all()

    def wait(self, process: int, *, seconds: float = MINIMUM_SECONDS) -> None:
        """So long a time passes that no relay, writer or replica is behind."""
        self.flow(process)
        self.share(process)
        self.catch_up(process)
        self.clock.move(seconds)

    def wait_long(self, process: int) -> None:
        """So long a time passes that no entry is cached any more."""
        self.wait(process, seconds=100)

    # What must hold

    def check(self) -> None:
        """No process holds an older version than reported, or asks twice at once."""
        for process, version in self.reported.items():
            entry = self.near[process].get(CODE)
            assert entry is None or entry.version >= version
            assert not self.near[process].is_absent(CODE)
        assert len(self.store.asking) <= len(PROCESSES)

    def judge(self, reported: Counter[int]) -> None:
        """Check the answers that were given after the reports *reported*."""
        for process, question in list(self.questions):
            if question.done():
                entry = question.result()
                assert (entry.version if entry else 0) >= reported[process]
                self.questions.remove((process, question))


# What races are made of comes more often than the rest.
STEPS = [
    *(World.ask, World.ask, World.ask),
    *(World.change, World.change),
    *(World.report, World.report),
    *(World.release, World.release, World.release, World.release),
    *(World.hold, World.hold_store, World.hold_store),
    *(World.flow, World.lag, World.catch_up, World.evict, World.revalidate_all),
    *(World.share, World.create_here, World.wait, World.wait_long),
]
NAMES = [step.__name__ for step in STEPS]


@pytest.mark.slow
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(NAMES), st.sampled_from(PROCESSES)),
        min_size=40,
        max_size=80,
    ),
)
def test_no_visitor_is_sent_back(steps: list[tuple[str, int]]) -> None:
    """After a version was reported to a process, it answers with no older one."""
    asyncio.run(_live_through(steps))


async def _live_through(steps: list[tuple[str, int]]) -> None:
    world = World()
    for name, process in steps:
        getattr(world, name)(process)
        # A visitor without an answer gets one that is as new as the reports by now.
        reported = Counter(world.reported)
        await settle()
        world.judge(reported)
        world.check()
    world.gate.open()
    while world.questions:
        await asyncio.sleep(0.01)
        world.judge(world.reported)
    await asyncio.gather(*(lookups.aclose() for lookups in world.lookups))
