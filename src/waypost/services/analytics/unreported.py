"""Clicks that are counted, and are not stored for reports.

Clicks are compared by their identities, so neither expiry nor erasure counts as a loss.
What is missing waits in a journal or on the bus, or can never come: it was counted
before reports were kept, Kafka deleted it unread, or its journal vanished.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

from waypost.domain.sequences import CountedSequences
from waypost.ports.analytics.administration import ClickAdministration
from waypost.ports.gaps import ClickGaps

_JOURNALS: Final = 200
"""How many journals are looked up at a time."""
_NONE: Final = CountedSequences()


class Unreported(NamedTuple):
    """Numbers of clicks."""

    counted: int
    """All that have an identity: those of other programs have none."""
    number: int
    """Those of them that are not stored."""
    in_unknown_journals: int
    """Those of them in journals of which no click was ever stored."""


async def unreported(gaps: ClickGaps, store: ClickAdministration) -> Unreported:
    """Compare all counted clicks with those that were ever stored in *store*.

    Counts are read first, so that a click that comes meanwhile is not missed.

    Raises:
        BackendUnavailable: The database or the store does not answer.
    """
    counted = await gaps.counted()
    total = number = in_unknown = 0
    for journals in _parts(counted):
        stored = await store.stored_sequences(journals)
        for journal in journals:
            known = stored.get(journal, {})
            missing = sum(
                sequences.number_outside(known.get(lane, _NONE))
                for lane, sequences in counted[journal].items()
            )
            total += sum(each.size for each in counted[journal].values())
            number += missing
            if not known:
                in_unknown += missing
    return Unreported(total, number, in_unknown)


def _parts(journals: Iterable[str]) -> Iterator[Sequence[str]]:
    left = iter(journals)
    while part := list(islice(left, _JOURNALS)):
        yield part
