"""Forgetting readers of link events that the settings no longer name."""

from collections import Counter
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

import structlog

from waypost.domain.errors import BackendUnavailable
from waypost.domain.events import EventReader
from waypost.ports.runtime import Clock
from waypost.ports.storage import Storage

FORGET_AFTER: Final = timedelta(hours=1)
"""How old an event of such a reader is before it is removed: while processes are
replaced one by one, some know a reader that others do not know yet, or any more."""

MAX_EVENTS: Final = 5_000
"""How many events are removed in one transaction: other writers wait for it."""

_log = structlog.get_logger()


async def forget_readers(
    readers: Sequence[EventReader], *, storage: Storage, clock: Clock
) -> None:
    """Remove old events for all but *readers*, or log that the store is away.

    Otherwise they would stay for ever, and a later reader of such a name would get
    them. The next start tries again.
    """
    keep = [reader.name for reader in readers]
    before = clock.now() - FORGET_AFTER
    forgotten: Counter[str] = Counter()
    is_done = False
    try:
        while not is_done:
            async with storage.transaction() as transaction:
                some = await transaction.outbox.forget_readers(
                    keep=keep, before=before, limit=MAX_EVENTS
                )
            forgotten.update(some)
            is_done = sum(some.values()) < MAX_EVENTS
    except BackendUnavailable as error:
        cause = type(error.__cause__ or error).__name__
        _log.warning("outbox.readers_not_forgotten", cause=cause)
    for reader, events in forgotten.items():
        _log.warning("outbox.reader_forgotten", reader=reader, events=events)
