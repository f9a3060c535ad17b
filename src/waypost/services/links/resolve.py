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
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress
from enum import Enum, auto
from typing import Final

from waypost.domain.errors import BackendUnavailable
from waypost.domain.links import Absence, Link
from waypost.ports.links import LinkReader
from waypost.ports.shared_cache import SharedCache

_LOOKS_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1)
"""Pauses before each new look for the result of another process. A store that takes
longer than all of them is asked by everybody."""


class Source(Enum):
    """Who knew what a code leads to."""

    SHARED = auto()
    STORE = auto()


Answer = Callable[[Link | None, Source], bool]
"""Takes the link of a code, None if there is none; tells whether it may be shared."""


async def look_up(
    code: str,
    *,
    links: LinkReader,
    shared: SharedCache,
    at_least: int,
    answer: Answer,
) -> None:
    """Tell *answer* the link of *code*, or None, and then share what the store said.

    What is shared must have version *at_least*, and an absence has version 0; the
    store's word counts whatever it is. *answer* is called once, as soon as possible.
    No failure of the shared cache matters.

    Raises:
        BackendUnavailable: The store does not answer; *answer* was not called.
    """
    async with AsyncExitStack() as stack:
        is_shared_there = True
        found: Link | Absence | None = None
        try:
            found = await _shared_answer(code, shared, at_least, stack)
        except BackendUnavailable:
            is_shared_there = False
        if found is not None:
            answer(found if isinstance(found, Link) else None, Source.SHARED)
            return
        link = await links.by_code(code)
        if answer(link, Source.STORE) and is_shared_there:
            with suppress(BackendUnavailable):
                await _share(code, link, shared)


async def _shared_answer(
    code: str, shared: SharedCache, at_least: int, stack: AsyncExitStack
) -> Link | Absence | None:
    """Return what is shared; None: the store is to be asked, and *stack* may lock."""
    found = await shared.get(code)
    if found is not None:
        return found if _version(found) >= at_least else None
    if await stack.enter_async_context(shared.lock(code)):
        return None
    for seconds in _LOOKS_SECONDS:
        await asyncio.sleep(seconds)
        found = await shared.get(code)
        if found is not None and _version(found) >= at_least:
            return found
    return None


async def _share(code: str, link: Link | None, shared: SharedCache) -> None:
    if link is None:
        await shared.put_absent(code)
    else:
        await shared.put([link])


def _version(found: Link | Absence) -> int:
    return found.version if isinstance(found, Link) else 0
