"""Where links and click counts are kept: the source of truth."""

from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from waypost.domain.clicks import JournalPosition
from waypost.domain.sequences import CountedSequences
from waypost.ports.audit.trail import AuditWriter
from waypost.ports.bulk.answers import AnswerWriter
from waypost.ports.bulk.results import BatchWriter
from waypost.ports.campaigns.templates import UtmTemplateWriter
from waypost.ports.links import LinkReader, LinkWriter
from waypost.ports.outbox import Outbox
from waypost.ports.tags.store import TagWriter


class ClickCounts(Protocol):
    """The counts and what has been counted, inside a transaction."""

    async def claim(self, journal: str) -> bool:
        """Make *journal* known, of which nothing is counted; False: it was known.

        Of several that claim the same id one succeeds, and no other ever again.
        """
        ...

    async def position(self, journal: str) -> JournalPosition | None:
        """Return up to where *journal* has been counted; None: nothing yet."""
        ...

    async def counted(self, journal: str) -> dict[int, CountedSequences]:
        """Return the counted sequences of *journal* by lane; absent means none."""
        ...

    async def hold(
        self, lanes: Mapping[str, Collection[int]]
    ) -> dict[str, dict[int, CountedSequences]]:
        """Return the counted sequences of these *lanes*, by journal and lane.

        No other transaction can hold any of them before this one ends. All of them
        are in the answer, also those of which nothing is counted. A transaction
        holds once, or two that wait for each other might wait for ever.
        """
        ...

    async def add(
        self,
        *,
        clicks: Mapping[int, int],
        counted: Mapping[str, Mapping[int, CountedSequences]],
        positions: Mapping[str, JournalPosition],
    ) -> frozenset[int]:
        """Add *clicks* (link id to number) and remember why they are not added again.

        Return the ids of which no link is stored: their clicks are not added.
        *counted* replaces what is stored for its journals' lanes, which are held;
        other lanes stay. *positions* are those of journals that are read in order.
        """
        ...


class Transaction(Protocol):
    """One unit of work: all of it is committed, or nothing.

    It begins with its first operation, and from then on any other transaction of
    the store may have to wait. Other work that takes time, such as leasing a block of
    ids, which is a transaction of its own, belongs before the first operation.
    After `BackendUnavailable` it can only be rolled back.
    """

    @property
    def links(self) -> LinkWriter:
        """Changes to links."""
        ...

    @property
    def clicks(self) -> ClickCounts:
        """Changes to click counts."""
        ...

    @property
    def outbox(self) -> Outbox:
        """Events to be published once this transaction has committed."""
        ...

    @property
    def audit(self) -> AuditWriter:
        """Entries of the audit trail, for what this transaction changes."""
        ...

    @property
    def done_batches(self) -> BatchWriter:
        """What became of items, to be known when their call is sent again."""
        ...

    @property
    def utm_templates(self) -> UtmTemplateWriter:
        """Changes to templates of campaigns."""
        ...

    @property
    def tags(self) -> TagWriter:
        """Changes to tags."""
        ...

    @property
    def answers(self) -> AnswerWriter:
        """Answers to requests that may be sent again."""
        ...

    def after_commit(self, action: Callable[[], None]) -> None:
        """Queue *action* to run once the commit has succeeded.

        It runs before the transaction's context ends, and never after a rollback.
        """
        ...


class Storage(Protocol):
    """A store of links and counts, for as long as the process lives."""

    @property
    def links(self) -> LinkReader:
        """Look-ups outside any transaction."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction: committed at the end, rolled back on an exception.

        Raises:
            BackendUnavailable: The store does not answer, or cannot commit.
        """
        ...

    async def ping(self) -> None:
        """Check that the store answers.

        Raises:
            BackendUnavailable: It does not.
        """
        ...


class InstanceSecrets(Protocol):
    """Secrets that belong to the stored data: made once, then always the same."""

    async def secret(self, name: str) -> str:
        """Return the secret called *name*: 64 hexadecimal digits.

        It is made at the first request; every process gets the same.

        Raises:
            BackendUnavailable: The store does not answer.
        """
        ...


class ClickSettlement(Protocol):
    """Makes sure that a report includes the clicks that this process has answered."""

    async def settle(self, code: str) -> None:
        """Return once the store's count includes the clicks committed on *code*.

        Returns without that after two seconds at most: late, never wrong.
        """
        ...
