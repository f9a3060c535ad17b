"""The id of a journal: of one opening, and never again."""

from uuid import UUID

import pytest

from waypost.adapters.memory.storage import MemoryStorage
from waypost.services.clicks import journal_ids
from waypost.services.clicks.journal_ids import claim_journal_id, new_journal_id


def test_ids_are_ordered_by_time() -> None:
    """A new id is a UUID of version 7, and later ones come later in order."""
    ids = [new_journal_id() for _ in range(100)]
    assert len({*ids}) == 100
    milliseconds = [UUID(each).int >> 80 for each in ids]
    assert milliseconds == sorted(milliseconds)
    assert milliseconds[0] > 1_700_000_000_000
    assert {(UUID(each).version, UUID(each).variant) for each in ids} == {
        (7, UUID(ids[0]).variant)
    }


async def test_an_id_that_is_known_is_not_taken(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """If an id is made that another journal had, another one is made."""
    storage = MemoryStorage()
    made = iter(["a" * 32, "a" * 32, "a" * 32, "b" * 32])
    monkeypatch.setattr(journal_ids, "new_journal_id", lambda: next(made))
    first = await claim_journal_id(storage=storage)
    second = await claim_journal_id(storage=storage)
    assert (first, second) == ("a" * 32, "b" * 32)
