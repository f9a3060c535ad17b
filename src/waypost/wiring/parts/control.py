"""Open what creating links needs, on top of what redirects need."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from waypost.adapters.abuse.blocklist_files import BlocklistFiles
from waypost.adapters.local import IdnaHostNames, SystemClock
from waypost.config import Settings
from waypost.domain.codes import CodePermutation
from waypost.domain.urls.targets import TargetPolicy
from waypost.ports.runtime import Clock, HostNames
from waypost.services.ids.allocate import CodeAllocator
from waypost.wiring.parts.backends import Backends
from waypost.wiring.parts.ids import open_id_source
from waypost.wiring.parts.leases import remember_leases
from waypost.wiring.parts.targets import open_blocklists, target_policy


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """The parts of the control plane besides the backends."""

    allocator: CodeAllocator
    policy: TargetPolicy
    hosts: HostNames
    clock: Clock
    blocklists: BlocklistFiles


@asynccontextmanager
async def open_control(
    settings: Settings, backends: Backends
) -> AsyncIterator[Control]:
    """Open the source of ids, and read which targets are allowed.

    Raises:
        SettingsError: `BASE_URL`, `OWN_HOSTS` or a file of `BLOCKLIST_FILES` is wrong.
        BackendUnavailable: The database does not answer.
    """
    hosts = IdnaHostNames()
    policy = target_policy(settings, to_ascii=hosts.to_ascii)
    blocklists = await asyncio.to_thread(
        open_blocklists, settings, to_ascii=hosts.to_ascii
    )
    store, metrics = backends.store, backends.metrics
    key = settings.CODE_KEY or await store.secrets.secret("code_key")
    async with open_id_source(
        settings, database=store.blocks, metrics=metrics
    ) as source:
        blocks = await remember_leases(source, counter=store.blocks, settings=settings)
        allocator = CodeAllocator(
            blocks=blocks,
            permutation=CodePermutation(key.encode()),
            block_size=settings.ID_BLOCK_SIZE,
            metrics=metrics,
        )
        allocator.lease_ahead()
        yield Control(
            allocator=allocator,
            policy=policy,
            hosts=hosts,
            clock=SystemClock(),
            blocklists=blocklists,
        )
