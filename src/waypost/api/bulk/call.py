"""One call about many links: carry its items out, and say what became of them.

What is done under an `Idempotency-Key` is written down in the same transaction, so that
the call can be sent again.
"""

import zlib
from collections.abc import Sequence
from hashlib import sha256
from typing import Final, NamedTuple

import msgspec

from waypost.api.bulk.bodies import ErrorResult, ItemResult, LinkResult
from waypost.api.bulk.current import with_current
from waypost.api.bulk.reading import ReadItem
from waypost.api.context import ApiContext
from waypost.domain.audit.entries import Cause
from waypost.domain.bulk.errors import IdempotencyInProgress
from waypost.domain.links import Link
from waypost.http.problems import MOST_ERRORS, in_body
from waypost.http.statuses import ERRORS
from waypost.ports.bulk.results import CallName, DoneBatch
from waypost.ports.storage import Transaction
from waypost.services.bulk.apart import carry_out_apart
from waypost.services.bulk.carry_out import Also, carry_out
from waypost.services.bulk.items import (
    Done,
    Item,
    NamedChange,
    Outcome,
    Put,
    Refusal,
)
from waypost.services.links.context import has_id_to_come, is_to_come
from waypost.services.links.create import Draft

MOST_TOGETHER: Final = 1_000
"""Items that are carried out in one transaction, unless all have to be: others who
write wait for it."""

_encode_lines = msgspec.json.Encoder().encode_lines
_decode_lines = msgspec.json.Decoder(ItemResult).decode_lines


class Batch(NamedTuple):
    """Items that are carried out together."""

    first: int
    """The place of the first of them in the call."""
    texts: Sequence[bytes | None]
    items: Sequence[ReadItem]


class Call:
    """A call of one client."""

    def __init__(
        self,
        context: ApiContext,
        *,
        by: Cause,
        name: CallName | None,
        is_atomic: bool = False,
    ) -> None:
        """Without a *name* it cannot be sent again."""
        self._context = context
        self._by = by
        self._name = name
        self._is_atomic = is_atomic

    async def next_done(self, first: int) -> DoneBatch | None:
        """Return what is done already of the *first* items or later ones.

        Raises:
            BackendUnavailable: The store does not answer.
        """
        if self._name is None:
            return None
        return await self._context.done_batches.next_done(self._name, first=first)

    def digest(self, texts: Sequence[bytes | None]) -> "Digest":
        """Return the digest of the items that *texts* are."""
        digest = Digest(is_atomic=self._is_atomic)
        digest.add(texts)
        return digest

    async def results_of(self, batch: Batch) -> Sequence[ItemResult]:
        """Carry *batch* out, and return its results once they are committed.

        The other processes know of them then.

        Raises:
            IdempotencyInProgress: Another request does the same at the moment.
            CodesExhausted: There are no more codes for what is done or not as a whole.
            BackendUnavailable: The same, but the store does not answer.
        """
        items = [one.item for one in batch.items]
        # By the names that clients use: of calls that name links in other ways, the
        # store still notices that another one was faster.
        names = {one.name for one in items if isinstance(one, NamedChange | Put)}
        async with self._context.links.turns.of(*names):
            outcomes = await self._outcomes_of(batch, items)
        pairs = zip(batch.items, outcomes, strict=True)
        if any(_is_published(item, outcome) for item, outcome in pairs):
            await self._context.relay.flushed()
        results = self._results(batch, range(len(items)), outcomes)
        return await with_current(results, outcomes, context=self._context)

    async def _outcomes_of(
        self, batch: Batch, items: Sequence[Item]
    ) -> Sequence[Outcome]:
        links, by = self._context.links, self._by
        if self._is_atomic:
            also = self._noting(batch, range(len(items))) if self._name else None
            return await carry_out(
                items, by=by, context=links, is_atomic=True, also=also
            )
        return await carry_out_apart(
            items,
            by=by,
            context=links,
            note=(lambda at: self._noting(batch, at)) if self._name else None,
        )

    def _noting(self, batch: Batch, at: range) -> Also:
        """Return what writes down the outcomes of the items at these places."""

        async def note(outcomes: Sequence[Outcome], transaction: Transaction) -> None:
            assert self._name is not None, "only calls with a name are written down"
            results = self._results(batch, at, outcomes)
            done = DoneBatch(
                first=batch.first + at.start,
                items=len(at),
                digest=self.digest(batch.texts[at.start : at.stop]).text,
                results=zlib.compress(_encode_lines(results), level=1),
            )
            now = self._context.links.clock.now()
            if not await transaction.done_batches.add(self._name, done, at=now):
                raise IdempotencyInProgress

        return note

    def _results(
        self, batch: Batch, at: range, outcomes: Sequence[Outcome]
    ) -> Sequence[ItemResult]:
        base_url = self._context.base_url
        return [
            _result(batch.first + place, batch.items[place], outcome, base_url)
            for place, outcome in zip(at, outcomes, strict=True)
        ]


class Digest:
    """What equal items have in common; grows."""

    def __init__(self, *, is_atomic: bool) -> None:
        self._hash = sha256(b"atomic" if is_atomic else b"")

    def add(self, texts: Sequence[bytes | None]) -> None:
        """Add items."""
        for text in texts:
            self._hash.update(b"\n" if text is None else text + b"\n")

    @property
    def text(self) -> str:
        """The digest of all that was added."""
        return self._hash.hexdigest()


def results_in(done: DoneBatch) -> Sequence[ItemResult]:
    """Return the results of what was done before."""
    return _decode_lines(zlib.decompress(done.results))


def _is_published(item: ReadItem, outcome: Outcome) -> bool:
    """Return whether other processes may remember something else of this link."""
    if not isinstance(outcome, Done):
        return False
    # Others cannot remember anything of a code that was generated just now.
    wanted = item.item
    is_chosen = isinstance(wanted, Draft) and wanted.code is not None
    return is_chosen or isinstance(wanted, NamedChange | Put)


def _result(index: int, item: ReadItem, outcome: Outcome, base_url: str) -> ItemResult:
    match outcome:
        case Done(link, is_new):
            status, shown = (201 if is_new else 200), _link(link, base_url)
            return ItemResult(index, item.ref, item.op, status, link=shown)
        case Refusal():
            error = _error(outcome)
            return ItemResult(index, item.ref, item.op, error.status, error=error)


def _link(link: Link, base_url: str) -> LinkResult:
    if has_id_to_come(link):
        return _tried(link, base_url)
    return LinkResult(link.id, link.shown_code, link.short_url(base_url), link.version)


def _tried(link: Link, base_url: str) -> LinkResult:
    """Return a link that a dry run would make."""
    if is_to_come(link.code):
        return LinkResult(None, None, None, link.version)
    return LinkResult(None, link.shown_code, link.short_url(base_url), link.version)


def _error(refusal: Refusal) -> ErrorResult:
    fields = [in_body(one) for one in refusal.errors[:MOST_ERRORS]]
    return ErrorResult(
        refusal.code,
        int(ERRORS[refusal.code].status),
        refusal.detail,
        errors=fields or None,
    )
