"""Keys in the source of truth: look them up, add and change them."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import NamedTuple, Protocol

from waypost.domain.access.keys import ApiKey, KeyState
from waypost.ports.audit.trail import AuditWriter
from waypost.ports.bulk.answers import AnswerWriter


class KeyFilter(NamedTuple):
    """Which keys of a list."""

    states: frozenset[KeyState]
    now: datetime
    """The moment of which their states are."""


class KeyReader(Protocol):
    """Look-ups outside any transaction; each sees what was committed before it.

    Every method may raise `BackendUnavailable`.
    """

    async def by_hash(self, secret_hash: str) -> ApiKey | None:
        """Return the key whose text, or the text before, has this hash; or None."""
        ...

    async def by_id(self, key_id: str) -> ApiKey | None:
        """Return the key with exactly this id, or None."""
        ...

    async def newest(
        self, wanted: KeyFilter, *, limit: int, before_id: str | None = None
    ) -> Sequence[ApiKey]:
        """Return up to *limit* keys by descending id, those below *before_id*."""
        ...


class KeyWriter(Protocol):
    """Changes to keys, inside a transaction.

    Every method may raise `BackendUnavailable`.
    """

    async def hold(self) -> None:
        """Keep other transactions from changing keys before this one ends."""
        ...

    async def get(self, key_id: str) -> ApiKey | None:
        """Return the key with exactly this id, or None."""
        ...

    async def are_there_any(self) -> bool:
        """Return whether there is a key, active or not."""
        ...

    async def is_another_admin(self, key_id: str, *, now: datetime) -> bool:
        """Return whether a key but this one permits everything at the moment *now*.

        One that is bound to domains does not.
        """
        ...

    async def bound_to(self, host: str, *, now: datetime) -> Sequence[ApiKey]:
        """Return the keys, active at the moment *now*, that are bound to this domain.

        To it alone or to others beside it; by their ids.
        """
        ...

    async def add(self, key: ApiKey) -> None:
        """Store a new key."""
        ...

    async def change(self, key: ApiKey) -> None:
        """Replace the stored key of this id with *key*, but not `last_used_at`."""
        ...

    async def use(self, used_at: Mapping[str, datetime]) -> None:
        """Raise `last_used_at` of keys, by their ids; it never falls."""
        ...


class KeyTransaction(Protocol):
    """One unit of work: all of it is committed, or nothing."""

    @property
    def keys(self) -> KeyWriter:
        """Changes to keys."""
        ...

    @property
    def audit(self) -> AuditWriter:
        """Entries of the audit trail, for what this transaction changes."""
        ...

    @property
    def answers(self) -> AnswerWriter:
        """Answers to requests that may be sent again."""
        ...

    def after_commit(self, action: Callable[[], None]) -> None:
        """Queue *action* to run once the commit has succeeded."""
        ...


class KeyStorage(Protocol):
    """A store of keys, for as long as the process lives."""

    @property
    def keys(self) -> KeyReader:
        """Look-ups outside any transaction."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[KeyTransaction]:
        """Open a transaction: committed at the end, rolled back on an exception.

        Raises:
            BackendUnavailable: The store does not answer, or cannot commit.
        """
        ...
