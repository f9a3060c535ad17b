"""What the use cases of links work with, over a store of the test's choice."""

from collections.abc import Callable
from datetime import timedelta

from tests.fakes import CHEAP_PASSWORDS
from waypost.adapters.local import IdnaHostNames
from waypost.adapters.memory.blocks import MemoryBlocks
from waypost.adapters.memory.storage import MemoryStorage
from waypost.domain.codes import CodePermutation
from waypost.domain.events import CACHES, LinkEvent
from waypost.domain.urls.own_server import OwnServer
from waypost.domain.urls.targets import TargetPolicy
from waypost.ports.runtime import Clock
from waypost.ports.storage import Storage
from waypost.services.ids.allocate import CodeAllocator
from waypost.services.links.context import LinkContext
from waypost.services.links.create_batches import (
    CreateBatches,
    CreateContext,
    CreateLimits,
)
from waypost.telemetry.metrics import Metrics

POLICY = TargetPolicy(
    schemes=frozenset({"http", "https"}),
    max_length=8_192,
    allow_credentials=False,
    own=OwnServer(),
)


def context_over(
    storage: Storage, *, clock: Clock, nudge: Callable[[LinkEvent], None]
) -> LinkContext:
    """Return a context over *storage*; codes that are made begin at id 1."""
    return LinkContext(
        storage=storage,
        lists=MemoryStorage().lists,
        allocator=CodeAllocator(
            blocks=MemoryBlocks(),
            permutation=CodePermutation(b"a key for the tests"),
            block_size=100,
            metrics=Metrics(),
        ),
        batches=CreateBatches(
            CreateContext(
                storage=storage,
                event_readers=[CACHES],
                forget=lambda _code: None,
                nudge=nudge,
                metrics=Metrics(),
            ),
            limits=CreateLimits(),
        ),
        policy=POLICY,
        are_unicode_codes_allowed=False,
        restorable=timedelta(days=7),
        passwords=CHEAP_PASSWORDS,
        hosts=IdnaHostNames(),
        clock=clock,
        event_readers=[CACHES],
        nudge=nudge,
    )
