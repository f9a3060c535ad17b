"""Creates that arrive together are stored together.

::

    add ─▶ waiting ─▶ one transaction {links, events of chosen codes} ─▶ answered
            ▲   what arrives meanwhile waits for the next one   │
            └───────────────────────────────────────────────────┘

A transaction costs many times what a link in it costs. The first create goes at once,
and nobody waits for others to come (`docs/adr/0018-creates-in-batches.md`).
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Sequence
from contextvars import Context
from dataclasses import dataclass
from functools import partial
from typing import Final

import structlog

from waypost.domain.errors import BackendUnavailable, CodeTaken
from waypost.domain.events import LinkEvent, LinkEventKind
from waypost.domain.links import Link
from waypost.ports.storage import Storage
from waypost.telemetry.log_throttle import LogThrottle
from waypost.telemetry.metrics import Metrics

MAX_BATCH: Final = 500
"""How many links are stored in one transaction at most, so that none waits long."""
MAX_WAITING: Final = 10_000
"""How many creates may wait; who comes later is refused at once."""

_log = structlog.get_logger()


@dataclass(slots=True, eq=False, kw_only=True)
class _Create:
    """A link whose creator waits."""

    link: Link
    is_chosen: bool
    outcome: asyncio.Future[None]

    def fail(self, error: Exception) -> None:
        if not self.outcome.done():
            self.outcome.set_exception(error)

    def succeed(self) -> None:
        if not self.outcome.done():
            self.outcome.set_result(None)


class CreateBatches:
    """Stores new links, in few transactions for many creators.

    For one event loop. *forget* is called with every code, and *nudge* with the
    event of every chosen one, after the commit and before the creator is answered.
    """

    def __init__(  # noqa: PLR0913  # what it works with, and its bounds
        self,
        *,
        storage: Storage,
        forget: Callable[[str], None],
        nudge: Callable[[LinkEvent], None],
        metrics: Metrics,
        transactions: int = 1,
        patience_seconds: float = 5.0,
        max_batch: int = MAX_BATCH,
        max_waiting: int = MAX_WAITING,
    ) -> None:
        assert transactions >= 1, "without transactions nothing is stored"
        self._storage = storage
        self._forget = forget
        self._nudge = nudge
        self._metrics = metrics
        self._transactions = transactions
        self._patience_seconds = patience_seconds
        self._max_batch = max_batch
        self._max_waiting = max_waiting
        self._waiting: deque[_Create] = deque()
        self._workers = 0
        self._throttle = LogThrottle()
        self._tasks: set[asyncio.Task[None]] = set()
        metrics.creates_waiting.set_function(lambda: len(self._waiting))

    async def add(self, link: Link, *, is_chosen: bool = False) -> None:
        """Return once *link* is stored for good.

        *is_chosen*: a person has chosen its code, so other processes may remember
        that nobody has it, and must be told. Who is cancelled here, or has lost
        patience, takes nobody else's link along; their own may be stored, or not.

        Raises:
            CodeTaken: The code, or the id, belongs to another link.
            BackendUnavailable: The store does not answer, or too many wait for it.
        """
        if len(self._waiting) >= self._max_waiting:
            raise BackendUnavailable("Too many links are being made. Try again soon.")
        loop = asyncio.get_running_loop()
        outcome = loop.create_future()
        create = _Create(link=link, is_chosen=is_chosen, outcome=outcome)
        # Not `asyncio.timeout`, which is for more than one future, and costs more.
        patience = loop.call_later(
            self._patience_seconds, create.fail, BackendUnavailable()
        )
        self._waiting.append(create)
        if self._workers < self._transactions:
            self._start_worker()
        try:
            await outcome
        finally:
            patience.cancel()

    async def drain(self, *, within: float) -> None:
        """Return once nobody waits any more, refusing who does after *within* s."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within)
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._fail(self._waiting, BackendUnavailable())
        self._waiting.clear()

    def _start_worker(self) -> None:
        self._workers += 1
        # In a context of its own: it works for many requests, and its log lines
        # must not carry the id of the one that happened to start it.
        task = asyncio.create_task(self._work(), context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self) -> None:
        """Store whatever waits, batch after batch, until nothing does."""
        try:
            while self._waiting:
                batch = self._next_batch()
                if batch:
                    await self._settle(batch)
        finally:
            self._workers -= 1

    def _next_batch(self) -> list[_Create]:
        batch: list[_Create] = []
        while self._waiting and len(batch) < self._max_batch:
            create = self._waiting.popleft()
            if not create.outcome.done():  # its creator has left
                batch.append(create)
        return batch

    async def _settle(self, batch: Sequence[_Create]) -> bool:
        """Store *batch* and answer its creators; nobody is left without an answer.

        Return whether the store was there.
        """
        try:
            refused = await self._store(batch)
        except BackendUnavailable as error:
            self._fail(batch, error)
            return False
        except asyncio.CancelledError:
            self._fail(batch, BackendUnavailable())
            raise
        except Exception as error:  # noqa: BLE001  # its creator is told, and tells
            return await self._settle_singly(batch, error)
        self._answer(batch, refused)
        return True

    async def _settle_singly(self, batch: Sequence[_Create], error: Exception) -> bool:
        """Find the one link that spoils the others' transaction, as `_settle`."""
        if len(batch) == 1:
            batch[0].fail(error)
            return True
        kind = type(error).__name__
        if self._throttle.allows(kind):
            _log.warning("create.singled_out", links=len(batch), kind=kind)
        for position, create in enumerate(batch):
            if not await self._settle([create]):
                self._fail(batch[position:], BackendUnavailable())
                return False
        return True

    async def _store(self, batch: Sequence[_Create]) -> frozenset[int]:
        """Return the refused ids, once the other links are stored."""
        async with self._storage.transaction() as transaction:
            refused = await transaction.links.add([one.link for one in batch])
            stored = [one for one in batch if one.link.id not in refused]
            events = [_created(one.link) for one in stored if one.is_chosen]
            if events:
                await transaction.outbox.add(events)
            transaction.after_commit(partial(self._tell, stored, events))
        return refused

    def _tell(self, stored: Sequence[_Create], events: Sequence[LinkEvent]) -> None:
        for create in stored:
            self._forget(create.link.code)
        for event in events:
            self._nudge(event)

    def _answer(self, batch: Sequence[_Create], refused: frozenset[int]) -> None:
        kinds: Counter[str] = Counter()
        for create in batch:
            if create.link.id in refused:
                create.fail(CodeTaken())
            else:
                create.succeed()
                kinds["custom" if create.is_chosen else "generated"] += 1
        self._metrics.create_batch_links.observe(len(batch))
        for kind, number in kinds.items():
            self._metrics.links_created.labels(kind).inc(number)

    @staticmethod
    def _fail(
        creates: Sequence[_Create] | deque[_Create], cause: BackendUnavailable
    ) -> None:
        for create in creates:
            # One each: an exception collects the tracebacks of all who raise it.
            error = type(cause)(str(cause))
            error.__cause__ = cause
            create.fail(error)


def _created(link: Link) -> LinkEvent:
    return LinkEvent(kind=LinkEventKind.CREATED, link=link, occurred_at=link.created_at)
