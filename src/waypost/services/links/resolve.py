"""Find the link behind a code.

::

    shared cache ─▶ known, and new enough ──────────────────────▶ answer
         │  │older than what has changed since
         │  └──────────────────────────────────▶ store ─▶ answer ─▶ share
         │nothing
         ▼
    lock, across processes ─▶ got it ──────────▶ store ─▶ answer ─▶ share
         └▶ another process has it: its result? ─yes──────────▶ answer
                                     └no───────▶ store ─▶ answer ─▶ share
    shared cache away ─────────────────────────▶ store ─▶ answer
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from waypost.domain.errors import BackendUnavailable
from waypost.domain.links import DEFAULT_DOMAIN, Absence, Link
from waypost.ports.links import LinkReader
from waypost.ports.shared_cache import SharedCache

_LOOKS_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1)
"""Pauses before each new look for the result of another process. If the store takes
longer than all of them, every process asks it."""


class Source(Enum):
    """The source of the answer: cache or store."""

    SHARED = auto()
    STORE = auto()


@dataclass(slots=True)
class Found:
    """The answer for a code."""

    link: Link | None
    """None: no link has the code."""
    source: Source
    is_outdated: bool = False
    """Whether it turned out to be an older version, which is not shared."""


@asynccontextmanager
async def resolved(
    code: str,
    *,
    domain: str = DEFAULT_DOMAIN,
    links: LinkReader,
    shared: SharedCache,
    at_least: int,
) -> AsyncIterator[Found]:
    """Find the link of *code* in *domain*; the store's answer is shared at the end.

    It is to be answered within the context, so that no visitor waits for the sharing.
    A shared answer must have version *at_least*, and an absence has version 0;
    the store's answer is always accepted. A failure of the shared cache has no effect.

    Raises:
        BackendUnavailable: The store does not answer.
    """
    async with AsyncExitStack() as stack:
        is_shared_there = True
        known: Link | Absence | None = None
        try:
            known = await _shared_answer(code, domain, shared, at_least, stack)
        except BackendUnavailable:
            is_shared_there = False
        if known is not None:
            yield Found(known if isinstance(known, Link) else None, Source.SHARED)
            return
        found = Found(await links.by_code(code, domain=domain), Source.STORE)
        yield found
        if is_shared_there and not found.is_outdated:
            with suppress(BackendUnavailable):
                await _share(code, domain, found.link, shared)


async def _shared_answer(
    code: str,
    domain: str,
    shared: SharedCache,
    at_least: int,
    stack: AsyncExitStack,
) -> Link | Absence | None:
    """Return the shared answer; None: ask the store, *stack* may hold the lock."""
    found = await shared.get(code, domain=domain)
    if found is not None:
        return found if _version(found) >= at_least else None
    if await stack.enter_async_context(shared.lock(code, domain=domain)):
        return None
    for seconds in _LOOKS_SECONDS:
        await asyncio.sleep(seconds)
        found = await shared.get(code, domain=domain)
        if found is not None and _version(found) >= at_least:
            return found
    return None


async def _share(
    code: str, domain: str, link: Link | None, shared: SharedCache
) -> None:
    if link is None:
        await shared.put_absent(code, domain=domain)
    else:
        await shared.put([link])


def _version(found: Link | Absence) -> int:
    return found.version if isinstance(found, Link) else 0
