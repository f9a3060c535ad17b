"""Divide the items of a call into batches, some of which may be done already."""

from collections.abc import AsyncGenerator, Sequence

from fastapi import Request

from waypost.api.access.guard import principal_anew
from waypost.api.bulk.bodies import ItemResult
from waypost.api.bulk.call import Batch, Call, results_in
from waypost.api.bulk.lines import Source
from waypost.api.bulk.reading import ItemReader
from waypost.api.context import context_of
from waypost.domain.bulk.errors import IdempotencyKeyReused
from waypost.ports.bulk.results import DoneBatch


async def batches_of(
    source: Source, *, call: Call, most: int, request: Request
) -> AsyncGenerator[Batch | Sequence[ItemResult]]:
    """Yield the items of *source*, *most* at a time, or the results of those done.

    Raises:
        IdempotencyKeyReused: Other items were sent under this key.
        NotAuthenticated: The key of the request is not known any more.
        KeyInactive: It was revoked, or has expired.
        BackendUnavailable: The store does not answer.
        Refused: The items are not here in time, or the client has gone away.
    """
    first = 0
    while True:
        done = await call.next_done(first)
        if done is not None and done.first == first:
            await _check_equal(source, done, call)
            yield results_in(done)
            first += done.items
            continue
        texts = await source.take(min(most, done.first - first) if done else most)
        if not texts:
            return
        # Each time, as a key may be revoked meanwhile.
        reader = ItemReader(context_of(request), await principal_anew(request))
        yield Batch(first, texts, await reader.read(texts))
        first += len(texts)


async def _check_equal(source: Source, done: DoneBatch, call: Call) -> None:
    """Read as many items as were done, and refuse other ones."""
    digest, left = call.digest(()), done.items
    while left:
        texts = await source.take(left)
        if not texts:
            raise IdempotencyKeyReused
        digest.add(texts)
        left -= len(texts)
    if digest.text != done.digest:
        raise IdempotencyKeyReused
