"""First answers to requests, in this process's memory."""

from collections.abc import Awaitable, Callable, Collection, MutableMapping, Sequence
from datetime import datetime
from typing import TypeAlias

from waypost.ports.bulk.answers import KEPT, KeptAnswer

Kept: TypeAlias = MutableMapping[str, tuple[datetime, KeptAnswer]]
"""Answers by their names, with the moment at which each was kept."""


class MemoryKeptAnswers:
    """Look-ups of what is committed. Described at the port."""

    def __init__(self, kept: Kept) -> None:
        self._kept = kept

    async def by_name(self, name: str, *, now: datetime) -> KeptAnswer | None:
        """Return the answer to the request of this name, if one was kept lately."""
        at, answer = self._kept.get(name, (None, None))
        return answer if at is not None and at > now - KEPT else None


class MemoryAnswerWriter:
    """Changes, inside a transaction. Described at the port."""

    def __init__(
        self, kept: Kept, changes: Kept, *, begin: Callable[[], Awaitable[None]]
    ) -> None:
        self._kept = kept
        self._changes = changes
        self._begin = begin

    async def add(
        self, answers: Sequence[KeptAnswer], *, at: datetime
    ) -> frozenset[str]:
        """Keep *answers*; return the names of those that are kept from now on."""
        await self._begin()
        new = set()
        for one in answers:
            before, _ = self._kept.get(one.name, (None, None))
            is_known = before is not None and before > at - KEPT
            if not is_known and one.name not in self._changes:
                self._changes[one.name] = (at, one)
                new.add(one.name)
        return frozenset(new)

    async def remove(self, names: Collection[str]) -> None:
        """Forget answers that this transaction has added."""
        for name in names:
            del self._changes[name]

    async def forget(self, *, before: datetime, limit: int) -> int:
        """Forget up to *limit* answers from *before* a moment; return how many."""
        await self._begin()
        old = [name for name, (at, _) in self._kept.items() if at <= before][:limit]
        for name in old:
            del self._kept[name]
        return len(old)
