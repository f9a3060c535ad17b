"""Visitors of links with `max_clicks` take their clicks together.

::

    take ─▶ waiting ─▶ one transaction for all of them ─▶ passed, or too late
             ▲   what arrives meanwhile waits for the next   │
             └────────────────────────────────────────────────┘

A link that many visit at once is one row, which one transaction at a time may change:
a click each would be a few hundred visitors per second. No click is taken ahead, so
that a process that is killed keeps none.
"""

import asyncio
from collections import Counter, deque
from collections.abc import Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextvars import Context
from typing import Final, NamedTuple

from waypost.domain.errors import BackendUnavailable
from waypost.ports.links import ClickBudgets

BATCH: Final = 500
"""Visitors in one transaction at most, so that none waits long."""
REMEMBERED: Final = 10_000
"""Exhausted links that are remembered."""


class _Waiting(NamedTuple):
    """A visitor whose click is to be taken; of a machine, none."""

    link_id: int
    is_taking: bool
    passes: asyncio.Future[bool]


class Budgets:
    """Lets people pass as long as a link has clicks left. For one event loop."""

    def __init__(
        self, store: ClickBudgets, *, wait_seconds: float, batch: int = BATCH
    ) -> None:
        """Let a visitor wait for the store for *wait_seconds* at most."""
        self._batch = batch
        self._store = store
        self._wait_seconds = wait_seconds
        self._waiting: deque[_Waiting] = deque()
        self._task: asyncio.Task[None] | None = None
        self._exhausted: dict[int, int] = {}
        """The version of each link of which no click was left; it stays so."""

    def is_exhausted(self, link_id: int, version: int) -> bool:
        """Return whether no click of this *version* of a link is known to be left."""
        return self._exhausted.get(link_id, 0) == version

    async def passes(self, link_id: int, version: int, *, is_person: bool) -> bool:
        """Return whether a visitor passes; of a person's, a click is taken.

        A machine passes as long as a click is left.

        Raises:
            BackendUnavailable: The store does not answer: the visitor does not pass,
                but a click may be lost.
        """
        if self.is_exhausted(link_id, version):
            return False
        passes = asyncio.get_running_loop().create_future()
        self._waiting.append(_Waiting(link_id, is_person, passes))
        if self._task is None:
            # In a context of its own, as it works for many requests.
            self._task = asyncio.create_task(self._run(), context=Context())
        try:
            async with asyncio.timeout(self._wait_seconds):
                is_passing: bool = await passes
        except TimeoutError as error:
            raise BackendUnavailable from error
        if not is_passing:
            self._remember(link_id, version)
        return is_passing

    def _remember(self, link_id: int, version: int) -> None:
        self._exhausted.pop(link_id, None)
        self._exhausted[link_id] = version
        if len(self._exhausted) > REMEMBERED:
            del self._exhausted[next(iter(self._exhausted))]

    async def _run(self) -> None:
        try:
            while batch := self._next():
                await self._answer(batch)
        finally:
            self._task = None

    def _next(self) -> list[_Waiting]:
        """Return those who wait next, without those who have left."""
        batch: list[_Waiting] = []
        while self._waiting and len(batch) < self._batch:
            one = self._waiting.popleft()
            if not one.passes.done():
                batch.append(one)
        return batch

    async def _answer(self, batch: list[_Waiting]) -> None:
        taking = Counter(one.link_id for one in batch if one.is_taking)
        looking = {one.link_id for one in batch if not one.is_taking}
        try:
            taken = await self._store.take(taking) if taking else {}
            exhausted = await self._store.exhausted(looking) if looking else frozenset()
        except Exception as error:  # noqa: BLE001  # goes to the visitors' requests
            _fail(batch, error)
        else:
            _settle(batch, taken, exhausted)


def _settle(
    batch: Sequence[_Waiting], taken: Mapping[int, int], exhausted: AbstractSet[int]
) -> None:
    """Let as many pass as clicks were taken, in the order in which they came."""
    left = Counter(taken)
    for one in batch:
        is_passing = one.link_id not in exhausted
        if one.is_taking:
            is_passing = left[one.link_id] > 0
            left[one.link_id] -= 1
        if not one.passes.done():
            one.passes.set_result(is_passing)


def _fail(batch: Sequence[_Waiting], cause: Exception) -> None:
    for one in batch:
        # One each: an exception collects the tracebacks of all who raise it.
        error = type(cause)(*cause.args)
        error.__cause__ = cause
        if not one.passes.done():
            one.passes.set_exception(error)
