"""What became of the items of calls that may be sent again."""

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple, Protocol


class CallName(NamedTuple):
    """By what a call is recognised when it is sent again."""

    owner: str
    """Who sends it."""
    key: str
    """Its `Idempotency-Key`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneBatch:
    """Items of a call that were carried out in one transaction."""

    first: int
    """The place of the first of them in the call."""
    items: int
    """How many they are."""
    digest: str
    """What equal items have in common."""
    results: bytes
    """Their results; the store does not read them."""


class DoneBatches(Protocol):
    """Look-ups outside of any transaction."""

    async def next_done(self, call: CallName, *, first: int) -> DoneBatch | None:
        """Return the first batch of *call* whose items are the *first* or later ones.

        Raises:
            BackendUnavailable: The store does not answer.
        """
        ...


class BatchWriter(Protocol):
    """Changes, inside a transaction."""

    async def add(self, call: CallName, batch: DoneBatch, *, at: datetime) -> bool:
        """Store *batch*; False: one with the same first item is stored already.

        With the first batch of a call, those that are older than a day are removed.

        Raises:
            BackendUnavailable: The store does not answer.
        """
        ...
