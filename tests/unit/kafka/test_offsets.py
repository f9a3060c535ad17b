"""What may be committed: all that is done, and nothing behind what is not."""

from hypothesis import given
from hypothesis import strategies as st

from waypost.adapters.kafka.consuming.offsets import OffsetLedger, Span


def ledger(*partitions: int) -> OffsetLedger:
    """Return the ledger of a member that has *partitions*."""
    made = OffsetLedger()
    made.assign(set(partitions))
    return made


def test_done_is_owed_until_committed() -> None:
    """What is done is to be committed once."""
    book = ledger(0, 1)
    receipt = book.took({0: Span(10, 20), 1: Span(0, 5)})
    assert book.owed() == {}
    book.done(receipt)
    assert book.owed() == {0: 20, 1: 5}
    book.committed(0, 20)
    assert book.owed() == {1: 5}


def test_an_older_batch_holds_back() -> None:
    """A batch that is done first is committed when the one before it is done."""
    book = ledger(0)
    older, newer = book.took({0: Span(0, 10)}), book.took({0: Span(10, 20)})
    book.done(newer)
    assert book.owed() == {}
    book.done(older)
    assert book.owed() == {0: 20}


def test_nothing_is_said_of_a_lost_partition() -> None:
    """A batch that ends after its partition went is not committed, now or later."""
    book = ledger(0, 1)
    receipt = book.took({0: Span(0, 10), 1: Span(0, 10)})
    book.revoke({0})
    book.done(receipt)
    assert book.owed() == {1: 10}
    book.assign({0})
    assert book.owed() == {1: 10}


def test_what_came_of_a_lost_partition() -> None:
    """Records that were read before the partition went have no receipt."""
    book = ledger(0)
    book.revoke({0})
    book.done(book.took({0: Span(0, 10)}))
    assert book.owed() == {}


def test_a_late_answer_after_a_rebalance() -> None:
    """A commit that is confirmed when the partition is gone leaves no mark."""
    book = ledger(0)
    book.done(book.took({0: Span(0, 10)}))
    book.revoke({0})
    book.committed(0, 10)
    book.assign({0})
    book.done(book.took({0: Span(0, 7)}))
    assert book.owed() == {0: 7}


def test_behind() -> None:
    """The lag counts what is under way, and nothing before the first record."""
    book = ledger(0)
    assert book.behind(0, 100) == 0
    receipt = book.took({0: Span(40, 60)})
    assert book.behind(0, 100) == 60
    book.done(receipt)
    assert book.behind(0, 100) == 40
    assert book.behind(0, -1001) == 0


def test_nothing_is_remembered_of_nothing() -> None:
    """A year of reading without a record takes no memory."""
    book = ledger(0)
    book.took({})
    book.took({1: Span(0, 1)})
    book.took({0: Span(0, 1)})
    book.revoke({0})
    assert book._under_way == []


@given(st.permutations(range(6)))
def test_any_order(order: list[int]) -> None:
    """In any order, the offset to commit is the longest beginning that is done."""
    book = ledger(0)
    receipts = [book.took({0: Span(at * 10, at * 10 + 10)}) for at in range(6)]
    done: set[int] = set()
    for at in order:
        book.done(receipts[at])
        done.add(at)
        whole = next(n for n in range(7) if n not in done)
        assert book.owed() == ({0: whole * 10} if whole else {})
