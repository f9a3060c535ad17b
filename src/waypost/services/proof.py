"""The proof that no click is lost: recorded = counted + pending + lost."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from waypost.ports.gaps import ClickGaps
from waypost.ports.storage import Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalFacts:
    """What a process knows of its own click journal."""

    id: str
    last: Callable[[], Sequence[int]]
    """Returns by lane the sequence of the last click on the disk."""
    bytes: Callable[[], int]
    limit_bytes: int
    unread: Callable[[], Mapping[str, int]]
    """Returns how many bytes each reader has still to read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClickProof:
    """The clicks of one journal, which are those of a process since its start."""

    recorded: int
    counted: int
    pending: int
    lost: int
    """Those that are overdue for so long that they are called missing."""


async def proof_of(
    journal: JournalFacts, *, storage: Storage, gaps: ClickGaps | None
) -> ClickProof:
    """Return the proof of *journal*. Without *gaps* nothing can be lost on its way.

    Raises:
        BackendUnavailable: The store does not answer.
    """
    async with storage.transaction() as transaction:
        lanes = await transaction.clicks.counted(journal.id)
    counted = sum(lane.size for lane in lanes.values())
    missing = () if gaps is None else await gaps.missing()
    lost = sum(
        one.clicks for one in missing if one.journal == journal.id and one.confirmed_at
    )
    # Read last, so that no click is counted that is not recorded.
    recorded = sum(journal.last())
    pending = max(0, recorded - counted - lost)
    return ClickProof(recorded=recorded, counted=counted, pending=pending, lost=lost)
