"""The first answers to requests that may be sent again under an `Idempotency-Key`."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

KEPT: Final = timedelta(days=1)
"""For how long a request may be sent again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptAnswer:
    """What was answered to a request that was carried out."""

    name: str
    """By what the request is recognised: nothing can be read in it."""
    digest: str
    """What equal bodies have in common."""
    answer: str
    """The store does not read it."""


class KeptAnswers(Protocol):
    """Look-ups outside of any transaction."""

    async def by_name(self, name: str, *, now: datetime) -> KeptAnswer | None:
        """Return the answer to the request of this name, if one was kept lately.

        Raises:
            BackendUnavailable: The store does not answer.
        """
        ...


class AnswerWriter(Protocol):
    """Changes, inside a transaction. Each may raise `BackendUnavailable`."""

    async def add(
        self, answers: Sequence[KeptAnswer], *, at: datetime
    ) -> frozenset[str]:
        """Keep *answers*; return the names of those that are kept from now on.

        The others belong to requests that were carried out before: nothing of them is
        changed. Where another transaction keeps the same, its end is waited for.
        """
        ...

    async def remove(self, names: Collection[str]) -> None:
        """Forget answers that this transaction has added."""
        ...

    async def forget(self, *, before: datetime, limit: int) -> int:
        """Forget up to *limit* answers from *before* a moment; return how many."""
        ...
