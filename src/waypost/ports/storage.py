"""Where links and click counts are kept: the source of truth."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol

from waypost.domain.links import DEFAULT_DOMAIN, CountedLink, Link
from waypost.domain.sequences import CountedSequences


class LinkReader(Protocol):
    """Look-ups outside any transaction; each sees what was committed before it.

    Every method may raise `BackendUnavailable`.
    """

    async def by_code(self, code: str, *, domain: str = DEFAULT_DOMAIN) -> Link | None:
        """Return the link with exactly this code, or None."""
        ...

    async def counted(
        self, code: str, *, domain: str = DEFAULT_DOMAIN
    ) -> CountedLink | None:
        """Return the link with its counted clicks, or None."""
        ...

    async def newest(
        self, *, limit: int, before_id: int | None = None
    ) -> Sequence[CountedLink]:
        """Return up to *limit* links by descending id, those below *before_id*."""
        ...


class LinkWriter(Protocol):
    """Changes to links, inside a transaction."""

    async def add(self, link: Link) -> None:
        """Store a new link.

        The transaction stays usable after a refusal.

        Raises:
            CodeTaken: Another link has its `(domain, code)`, or its id.
            BackendUnavailable: The store does not answer.
        """
        ...


class JournalPosition(NamedTuple):
    """A place in a click journal: the next byte to read. Ordered."""

    segment: int
    offset: int


class ClickCounts(Protocol):
    """The counts and what has been counted, inside a transaction."""

    async def position(self, journal: str) -> JournalPosition | None:
        """Return up to where *journal* has been counted; None: nothing yet."""
        ...

    async def counted(self, journal: str) -> dict[int, CountedSequences]:
        """Return the counted sequences of *journal* by lane; absent means none."""
        ...

    async def add(
        self,
        *,
        journal: str,
        clicks: Mapping[int, int],
        counted: Mapping[int, CountedSequences],
        position: JournalPosition | None,
    ) -> None:
        """Add *clicks* (link id to number) and remember why they are not added again.

        *counted* replaces what is stored for its lanes; other lanes stay.
        *position* None leaves the stored position alone (a replay).
        """
        ...


class Transaction(Protocol):
    """One unit of work: all of it is committed, or nothing.

    It begins with its first operation, and from then on every other transaction
    of the store waits. Whatever else takes time, such as leasing a block of ids,
    which is a transaction of its own, belongs before the first operation.
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
        """Return if the store answers.

        Raises:
            BackendUnavailable: It does not.
        """
        ...


class InstanceSecrets(Protocol):
    """Secrets that belong to the stored data: made once, then always the same."""

    async def secret(self, name: str) -> str:
        """Return the secret called *name*: 64 hexadecimal digits.

        It is made when it is first asked for; everybody who asks gets the same.

        Raises:
            BackendUnavailable: The store does not answer.
        """
        ...
