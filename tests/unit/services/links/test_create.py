"""Creating links: what is stored, what is refused, and what a refusal costs."""

import asyncio
from datetime import timedelta

import pytest

from tests.fakes import CHEAP_PASSWORDS, SettableClock
from waypost.adapters.local import IdnaHostNames
from waypost.adapters.memory.blocks import MemoryBlocks
from waypost.adapters.memory.storage import MemoryStorage
from waypost.domain.audit.entries import BY_SERVER
from waypost.domain.codes import CodePermutation, IdBlock
from waypost.domain.domains.domains import DomainState, LinkDomain
from waypost.domain.domains.table import DomainTable
from waypost.domain.errors import (
    BackendUnavailable,
    CodeTaken,
    InvalidCode,
    InvalidTarget,
    OptionConflict,
    ReservedCode,
    TargetMalformed,
)
from waypost.domain.events import CACHES, LinkEvent
from waypost.domain.links import Link
from waypost.domain.options import NO_OPTIONS, LinkOptions
from waypost.domain.urls.own_server import OwnServer
from waypost.domain.urls.targets import TargetPolicy
from waypost.ports.blocks import BlockSource
from waypost.services.ids.allocate import CodeAllocator
from waypost.services.links.context import LinkContext
from waypost.services.links.create import (
    ATTEMPTS,
    LinkCreation,
    create_link,
    drafted,
    plain_draft,
)
from waypost.services.links.create_batches import (
    CreateBatches,
    CreateContext,
    CreateLimits,
)
from waypost.telemetry.metrics import Metrics

PERMUTATION = CodePermutation(b"the key of the tests of shorten")
POLICY = TargetPolicy(
    schemes=frozenset({"http", "https"}),
    max_length=8_192,
    allow_credentials=False,
    own=OwnServer(),
)
URL = "https://example.com/"


class Bench:
    """Everything that creating a link takes, over a store in memory."""

    def __init__(
        self, *, blocks: BlockSource | None = None, block_size: int = 100
    ) -> None:
        self.storage = MemoryStorage(timeout_seconds=60)
        self.clock = SettableClock()
        self.forgotten: list[str] = []
        self.events: list[LinkEvent] = []
        self.context = LinkContext(
            storage=self.storage,
            lists=self.storage.lists,
            allocator=CodeAllocator(
                blocks=blocks or MemoryBlocks(),
                permutation=PERMUTATION,
                block_size=block_size,
                metrics=Metrics(),
            ),
            batches=CreateBatches(
                CreateContext(
                    storage=self.storage,
                    event_readers=[CACHES],
                    forget=self.forgotten.append,
                    nudge=self.events.append,
                    metrics=Metrics(),
                ),
                limits=CreateLimits(),
            ),
            policy=POLICY,
            are_unicode_codes_allowed=False,
            restorable=timedelta(days=7),
            passwords=CHEAP_PASSWORDS,
            hosts=IdnaHostNames(),
            clock=self.clock,
            event_readers=[CACHES],
            nudge=self.events.append,
        )

    async def shorten(self, url: str = URL, *, code: str | None = None) -> Link:
        """Create a link."""
        creation = LinkCreation(url=url, code=code)
        return await create_link(creation, by=BY_SERVER, context=self.context)


@pytest.mark.parametrize("defaults", [NO_OPTIONS, LinkOptions(forward_query=True)])
@pytest.mark.parametrize("url", [URL, "https://EXAMPLE.com/ä"])
def test_a_link_without_options_has_a_shorter_way(
    url: str, defaults: LinkOptions
) -> None:
    """It is drafted as all others are, with what the domain says."""
    context = Bench().context
    context.domains.table = DomainTable("", [LinkDomain(host="", defaults=defaults)])
    draft = plain_draft(url, context=context)
    assert draft == drafted(LinkCreation(url=url), context=context)


@pytest.mark.parametrize("url", ["http://", "gopher://example.com"])
def test_the_shorter_way_refuses_the_same(url: str) -> None:
    """A target that no link may have, and all of a domain that is disabled."""
    context = Bench().context
    with pytest.raises(InvalidTarget):
        plain_draft(url, context=context)
    off = LinkDomain(host="", state=DomainState.DISABLED)
    context.domains.table = DomainTable("", [off])
    with pytest.raises(OptionConflict):
        plain_draft(URL, context=context)


class LockingBlocks:
    """Leases by writing to the store, as the SQL source of ids does."""

    def __init__(self) -> None:
        self.storage: MemoryStorage | None = None
        self._blocks = MemoryBlocks()

    async def lease(self, size: int) -> IdBlock:
        """Return the next block, once no other transaction writes."""
        assert self.storage is not None
        async with self.storage.transaction() as transaction:
            await transaction.clicks.position("wait for the write lock")
            return await self._blocks.lease(size)


async def test_link_is_stored() -> None:
    """A link comes back as it was stored: id, its code, normalised target, time."""
    bench = Bench()
    bench.clock.move(60)
    link = await bench.shorten("HTTPS://münchen.example?q=ü")
    assert await bench.storage.links.by_code(link.code) == link
    assert PERMUTATION.code_of(link.id) == link.code
    assert link.target == "https://xn--mnchen-3ya.example/?q=%C3%BC"
    assert bench.clock.now() == link.created_at == link.updated_at


async def test_same_target_twice() -> None:
    """One target may have many links, each with a code of its own."""
    bench = Bench()
    first, second = await bench.shorten(), await bench.shorten()
    assert first.code != second.code


async def test_custom_code() -> None:
    """A code that was asked for is the link's code, exactly as it was written."""
    bench = Bench()
    link = await bench.shorten(code="Spring25")
    assert link.code == "Spring25"
    assert await bench.storage.links.by_code("Spring25") == link


async def test_taken_custom_code() -> None:
    """A custom code is not given to a second link, and the first stays as it is."""
    bench = Bench()
    first = await bench.shorten(code="spring")
    with pytest.raises(CodeTaken):
        await bench.shorten("https://other.example/", code="spring")
    assert await bench.storage.links.by_code("spring") == first


async def test_race_for_one_code() -> None:
    """Of many who ask for one code at once, exactly one gets it."""
    bench = Bench()
    outcomes = await asyncio.gather(
        *(bench.shorten(code="spring") for _ in range(10)), return_exceptions=True
    )
    assert sum(isinstance(outcome, Link) for outcome in outcomes) == 1
    assert sum(isinstance(outcome, CodeTaken) for outcome in outcomes) == 9


@pytest.mark.parametrize(
    ("url", "code", "refusal"),
    [
        ("nonsense", None, TargetMalformed),
        (URL, "", InvalidCode),
        (URL, "a b", InvalidCode),
        (URL, "health", ReservedCode),
    ],
)
async def test_refusal_costs_no_id(
    url: str, code: str | None, refusal: type[Exception]
) -> None:
    """What is refused for its form leaves no trace: no id is spent on it."""
    bench = Bench()
    with pytest.raises(refusal):
        await bench.shorten(url, code=code)
    assert bench.forgotten == []
    assert (await bench.context.allocator.next()).id == 1


async def test_clash_with_a_custom_code() -> None:
    """A generated code that was chosen before is replaced by the next one."""
    bench = Bench()
    due = PERMUTATION.code_of(2)
    await bench.shorten(code=due)
    link = await bench.shorten()
    assert link.id == 3
    assert await bench.storage.links.by_code(link.code) == link
    assert bench.forgotten == [due, link.code]


async def test_clashes_without_end() -> None:
    """If every attempt clashes, the client gets a 503, in finite time."""
    bench = Bench()
    for number in range(ATTEMPTS):
        await bench.shorten(code=PERMUTATION.code_of(ATTEMPTS + 1 + number))
    with pytest.raises(BackendUnavailable, match="No free short code"):
        await bench.shorten()


async def test_only_chosen_codes_are_reported() -> None:
    """Other processes may remember the absence of a code that a person chose."""
    bench = Bench()
    await bench.shorten()
    link = await bench.shorten(code="spring")
    assert [event.link for event in bench.events] == [link]


async def test_lease_never_waits_for_its_own_transaction() -> None:
    """Creating goes on where leasing needs the lock that creating takes."""
    blocks = LockingBlocks()
    bench = Bench(blocks=blocks, block_size=3)
    blocks.storage = bench.storage
    links = await asyncio.gather(*(bench.shorten() for _ in range(40)))
    assert len({link.code for link in links}) == 40
