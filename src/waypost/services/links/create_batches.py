"""Creates that arrive together are stored together.

::

    add ─▶ waiting ─▶ one transaction {links, entries, events} ─▶ answered
            ▲   what arrives meanwhile waits for the next one   │
            └───────────────────────────────────────────────────┘

A transaction costs many times as much as a link in it. The first create starts at
once, and does not wait for others (`docs/adr/0018-creates-in-batches.md`).
"""

import asyncio
from collections import Counter, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from contextvars import Context
from dataclasses import dataclass
from functools import partial
from itertools import groupby

import structlog

from waypost.domain.audit.entries import BY_SERVER, AuditEntry, Cause
from waypost.domain.audit.link_made import LinkMade
from waypost.domain.bulk.errors import IdempotencyInProgress
from waypost.domain.errors import BackendUnavailable, CodeTaken, DomainError
from waypost.domain.events import EventReader, LinkEvent, LinkEventKind
from waypost.domain.links import Link, key_of
from waypost.domain.naming.errors import ExternalIdTaken
from waypost.ports.bulk.answers import KeptAnswer
from waypost.ports.storage import Storage, Transaction
from waypost.services.audit.links import links_created
from waypost.telemetry.log_throttle import LogThrottle
from waypost.telemetry.metrics import Metrics

_log = structlog.get_logger()


@dataclass(slots=True, kw_only=True)
class Made:
    """A new link."""

    link: Link
    is_chosen: bool
    """Whether a person has chosen its code."""
    by: Cause
    """Who makes it, for the audit trail."""


@dataclass(slots=True, eq=False, kw_only=True)
class _Create(Made):
    """A link whose caller waits."""

    outcome: asyncio.Future[None]
    answer: KeptAnswer | None
    """What is answered once it is stored, if that is kept."""

    def fail(self, error: Exception) -> None:
        if not self.outcome.done():
            self.outcome.set_exception(error)

    def succeed(self) -> None:
        if not self.outcome.done():
            self.outcome.set_result(None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateContext:
    """What creates work with, for as long as the process lives."""

    storage: Storage
    event_readers: Sequence[EventReader]
    """What gets the events of creations."""
    forget: Callable[[str], None]
    """Is called with the key of every link, after its commit and before its creator is
    answered: this process may remember that it is unused."""
    nudge: Callable[[LinkEvent], None]
    """Is called in the same way with the event of every chosen code."""
    metrics: Metrics


@dataclass(frozen=True, slots=True, kw_only=True)
class CreateLimits:
    """How much is done at once, and how long a creator waits."""

    wait_seconds: float = 5.0
    """After that a create is refused."""
    batch: int = 500
    """Links that are stored in one transaction at most, so that none waits long."""
    waiting: int = 10_000
    """Creates that wait at most; what comes later is refused at once."""


class CreateBatches:
    """Stores new links, in few transactions for many callers. For one event loop."""

    def __init__(self, context: CreateContext, *, limits: CreateLimits) -> None:
        self._context = context
        self._limits = limits
        self._waiting: deque[_Create] = deque()
        self._is_working = False
        self._throttle = LogThrottle()
        self._tasks: set[asyncio.Task[None]] = set()
        context.metrics.creates_waiting.set_function(lambda: len(self._waiting))

    async def add(
        self,
        link: Link,
        *,
        is_chosen: bool = False,
        by: Cause = BY_SERVER,
        answer: KeptAnswer | None = None,
    ) -> None:
        """Return once *link* is committed, and *answer* with it.

        *by* is who makes it, for the audit trail. *is_chosen*: a person has chosen its
        code, so other processes may remember that it is unused, and must forget that.
        A create that is cancelled, or has waited too long, leaves the other links
        alone; its own may be stored, or not.

        Raises:
            CodeTaken: The code, or the id, belongs to another link.
            ExternalIdTaken: The external id does.
            IdempotencyInProgress: The request that *answer* is for was carried out
                before, or is just now; nothing is stored.
            BackendUnavailable: The store does not answer, or too many wait for it.
        """
        if len(self._waiting) >= self._limits.waiting:
            raise BackendUnavailable("Too many links are being made. Try again soon.")
        loop = asyncio.get_running_loop()
        outcome = loop.create_future()
        create = _Create(
            link=link, is_chosen=is_chosen, by=by, outcome=outcome, answer=answer
        )
        # Not `asyncio.timeout`, which is for more than one future, and costs more.
        refusal = loop.call_later(
            self._limits.wait_seconds, create.fail, BackendUnavailable()
        )
        self._waiting.append(create)
        if not self._is_working:
            self._start_worker()
        try:
            await outcome
        finally:
            refusal.cancel()

    async def store(
        self, made: Sequence[Made], transaction: Transaction
    ) -> Mapping[int, DomainError]:
        """Store new links with their entries and events, inside *transaction*.

        Return why links are refused, by their ids: the code, the id or the external
        id belongs to another link. Everything is announced once it is committed.

        Raises:
            BackendUnavailable: The store does not answer.
        """
        refusals = await _without_free_id(made, transaction)
        links = [one.link for one in made if one.link.id not in refusals]
        refused = await transaction.links.add(links)
        refusals |= {link_id: CodeTaken() for link_id in refused}
        stored = [one for one in made if one.link.id not in refusals]
        await transaction.audit.add(_entries(stored))
        for reader in self._context.event_readers:
            events = _events(stored, of_generated=reader.wants_generated)
            if events:
                await transaction.outbox.add(events, reader=reader.name)
        transaction.after_commit(partial(self._announce, stored))
        return refusals

    async def drain(self, *, within: float) -> None:
        """Return once no create waits; after *within* seconds, refuse those that do."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within)
        for task in tuple(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)
        self._fail(self._waiting, BackendUnavailable())
        self._waiting.clear()

    def _start_worker(self) -> None:
        self._is_working = True
        # In a context of its own: it works for many requests, and its log lines
        # must not carry the id of the one that started it.
        task = asyncio.create_task(self._work(), context=Context())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _work(self) -> None:
        """Store all waiting links, batch after batch, until none waits."""
        try:
            while self._waiting:
                batch = self._next_batch()
                if batch:
                    await self._settle(batch)
        finally:
            self._is_working = False

    def _next_batch(self) -> list[_Create]:
        batch: list[_Create] = []
        while self._waiting and len(batch) < self._limits.batch:
            create = self._waiting.popleft()
            if not create.outcome.done():  # its caller was cancelled
                batch.append(create)
        return batch

    async def _settle(self, batch: Sequence[_Create]) -> bool:
        """Store *batch* and answer each of its creators.

        Return whether the store was there.
        """
        try:
            refusals = await self._store(batch)
        except BackendUnavailable as error:
            self._fail(batch, error)
            return False
        except asyncio.CancelledError:
            self._fail(batch, BackendUnavailable())
            raise
        except Exception as error:  # noqa: BLE001  # goes to its creator, who raises it
            return await self._settle_singly(batch, error)
        self._answer(batch, refusals)
        return True

    async def _settle_singly(self, batch: Sequence[_Create], error: Exception) -> bool:
        """Find the link that makes the others' transaction fail, as `_settle`."""
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

    async def _store(self, batch: Sequence[_Create]) -> Mapping[int, DomainError]:
        """Return why links are refused, by their ids, once the others are stored."""
        async with self._context.storage.transaction() as transaction:
            answered = await _keep_answers(batch, transaction)
            new = [one for one in batch if one.link.id not in answered]
            if not new:
                return answered
            refused = await self.store(new, transaction)
            if refused:
                await _forget_answers(new, refused, transaction)
        return {**answered, **refused}

    def _announce(self, stored: Sequence[Made]) -> None:
        for made in stored:
            self._context.forget(key_of(made.link.code, made.link.domain))
        for event in _events(stored, of_generated=False):
            self._context.nudge(event)
        kinds = Counter("custom" if made.is_chosen else "generated" for made in stored)
        for kind, number in kinds.items():
            self._context.metrics.links_created.labels(kind).inc(number)

    def _answer(
        self, batch: Sequence[_Create], refusals: Mapping[int, DomainError]
    ) -> None:
        for create in batch:
            refusal = refusals.get(create.link.id)
            if refusal is None:
                create.succeed()
            else:
                create.fail(refusal)
        self._context.metrics.create_batch_links.observe(len(batch))

    @staticmethod
    def _fail(
        creates: Sequence[_Create] | deque[_Create], cause: BackendUnavailable
    ) -> None:
        for create in creates:
            # One each: an exception collects the tracebacks of all who raise it.
            error = type(cause)(str(cause))
            error.__cause__ = cause
            create.fail(error)


async def _without_free_id(
    made: Sequence[Made], transaction: Transaction
) -> dict[int, DomainError]:
    """Return the refusals of links whose external id another link has."""
    wanted = [one.link for one in made if one.link.external_id is not None]
    if not wanted:
        return {}
    ids = {link.external_id for link in wanted if link.external_id is not None}
    taken = set(await transaction.links.hold_external_ids(ids))
    refusals: dict[int, DomainError] = {}
    for link in wanted:
        if link.external_id in taken:
            refusals[link.id] = ExternalIdTaken()
        elif link.external_id is not None:
            taken.add(link.external_id)
    return refusals


async def _keep_answers(
    batch: Sequence[_Create], transaction: Transaction
) -> dict[int, DomainError]:
    """Keep the answers of *batch*; return why links are not stored, by their ids.

    First in the transaction: others with the same answer wait here, before they store
    a link.
    """
    kept = [(one.link, one.answer) for one in batch if one.answer is not None]
    if not kept:
        return {}
    new = set(
        await transaction.answers.add(
            [answer for _, answer in kept], at=kept[0][0].created_at
        )
    )
    answered: dict[int, DomainError] = {}
    for link, answer in kept:
        if answer.name in new:
            new.remove(answer.name)
        else:
            answered[link.id] = IdempotencyInProgress()
    return answered


async def _forget_answers(
    batch: Sequence[_Create], refused: Collection[int], transaction: Transaction
) -> None:
    """Forget the answers of *batch* that are not given, as the link is refused."""
    names = [
        one.answer.name
        for one in batch
        if one.answer is not None and one.link.id in refused
    ]
    if names:
        await transaction.answers.remove(names)


def _entries(stored: Sequence[Made]) -> Sequence[AuditEntry | LinkMade]:
    entries: list[AuditEntry | LinkMade] = []
    for (by, _), run in groupby(stored, key=lambda one: (one.by, one.link.updated_at)):
        entries += links_created([one.link for one in run], by=by)
    return entries


def _events(creates: Sequence[Made], *, of_generated: bool) -> list[LinkEvent]:
    """Return the events of *creates*; without *of_generated*, those of chosen codes."""
    return [
        LinkEvent(
            kind=LinkEventKind.CREATED,
            link=create.link,
            occurred_at=create.link.created_at,
        )
        for create in creates
        if create.is_chosen or of_generated
    ]
