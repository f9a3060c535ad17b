"""Readers of link events that the settings no longer name."""

import pytest
from structlog.testing import capture_logs

from tests.contract.stored import event
from tests.fakes import SettableClock
from tests.integration.api.stores import StoreThatCannotCommit
from waypost.adapters.memory.storage import MemoryStorage
from waypost.domain.events import CACHES
from waypost.services.links import forget_readers as forgetting
from waypost.services.links.forget_readers import FORGET_AFTER, forget_readers


async def test_what_is_old_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    """A start removes what no reader takes any more, and logs how much that was."""
    monkeypatch.setattr(forgetting, "MAX_EVENTS", 2)
    storage = MemoryStorage()
    clock = SettableClock(event(1).occurred_at + FORGET_AFTER)
    async with storage.transaction() as transaction:
        for reader in (CACHES.name, "gone"):
            await transaction.outbox.add([event(1)] * 5, reader=reader)
    with capture_logs() as logs:
        await forget_readers([CACHES], storage=storage, clock=clock)
        assert logs == []  # it may be a reader of a process that is being replaced
        clock.move(1)
        await forget_readers([CACHES], storage=storage, clock=clock)
    assert [(log["event"], log["reader"], log["events"]) for log in logs] == [
        ("outbox.reader_forgotten", "gone", 5)
    ]
    async with storage.transaction() as transaction:
        assert await transaction.outbox.take(reader="gone", limit=9) == []
        assert len(await transaction.outbox.take(reader=CACHES.name, limit=9)) == 5


async def test_a_store_that_is_away() -> None:
    """The process goes on; the log says so."""
    with capture_logs() as logs:
        await forget_readers(
            [CACHES], storage=StoreThatCannotCommit(), clock=SettableClock()
        )
    assert [log["event"] for log in logs] == ["outbox.readers_not_forgotten"]
