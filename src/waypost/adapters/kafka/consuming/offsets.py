"""Up to where each partition may be committed: what is done, without gaps.

took [100,200)  took [200,300)   done [200,300) → 100    done [100,200) → 300
"""

from typing import NamedTuple


class Span(NamedTuple):
    """Consecutive records of a partition."""

    first: int
    next: int
    """The offset behind the last one."""


Receipt = dict[int, Span]
"""The spans of one batch, by partition, without partitions that were revoked."""


class OffsetLedger:
    """Tracks which batches are in progress, and what is done of each partition.

    Batches may be done in any order. A partition that another member has taken over
    is forgotten: only that member commits there.
    """

    def __init__(self) -> None:
        self._assigned: set[int] = set()
        self._under_way: list[Receipt] = []
        self._done: dict[int, int] = {}
        self._committed: dict[int, int] = {}

    @property
    def assigned(self) -> frozenset[int]:
        """The partitions that are ours."""
        return frozenset(self._assigned)

    def assign(self, partitions: set[int]) -> None:
        """Take *partitions* over from their previous member."""
        self._assigned |= partitions

    def revoke(self, partitions: set[int]) -> None:
        """Release *partitions* to another member, with what is in progress of them."""
        self._assigned -= partitions
        for partition in partitions:
            self._done.pop(partition, None)
            self._committed.pop(partition, None)
            for receipt in self._under_way:
                receipt.pop(partition, None)
        self._under_way = [receipt for receipt in self._under_way if receipt]

    def took(self, spans: dict[int, Span]) -> Receipt:
        """Return the receipt of a batch of *spans*; it is in progress from now on.

        Unless none of its partitions is ours: such a batch need not be done.
        """
        receipt = {
            partition: span
            for partition, span in spans.items()
            if partition in self._assigned
        }
        if receipt:
            self._under_way.append(receipt)
        return receipt

    def done(self, receipt: Receipt) -> None:
        """Note that the batch of *receipt* need not be read again."""
        self._under_way = [other for other in self._under_way if other is not receipt]
        for partition, span in receipt.items():
            self._done[partition] = max(span.next, self._done.get(partition, 0))

    def owed(self) -> dict[int, int]:
        """Return the offsets by partition that are to be committed."""
        return {
            partition: reached
            for partition in self._done
            if (reached := self._reached(partition) or 0)
            > self._committed.get(partition, 0)
        }

    def committed(self, partition: int, offset: int) -> None:
        """Note that Kafka has committed *offset* for *partition*."""
        if partition in self._assigned:
            self._committed[partition] = offset

    def behind(self, partition: int, end: int) -> int:
        """Return how many records before *end* are not done; 0: none was read yet."""
        reached = self._reached(partition)
        return 0 if reached is None else max(0, end - reached)

    def _reached(self, partition: int) -> int | None:
        """Return up to where *partition* is done without gaps; None: it is unknown."""
        marks = [
            receipt[partition].first
            for receipt in self._under_way
            if partition in receipt
        ]
        if partition in self._done:
            marks.append(self._done[partition])
        return min(marks, default=None)
