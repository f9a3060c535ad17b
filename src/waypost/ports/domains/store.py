"""Domains in the source of truth: look them up, add, change and remove them."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import NamedTuple, Protocol

from waypost.domain.domains.domains import LinkDomain
from waypost.domain.links import Link
from waypost.ports.access.keys import KeyWriter
from waypost.ports.audit.trail import AuditWriter
from waypost.ports.bulk.answers import AnswerWriter
from waypost.ports.outbox import Outbox

MOST_COUNTED = 10_000
"""Links of a domain that are counted exactly."""

MOST_RECODED = 100_000
"""Links whose codes are changed at a time: no other process can write meanwhile."""
MOST_NAMED = 10
"""Codes that collide, or keys that are bound to a domain, and are named."""


class Recoded(NamedTuple):
    """What became of the codes of a domain."""

    links: Sequence[Link]
    """Those whose code has another form now, as they are now."""
    collisions: Sequence[str]
    """Codes that would be one code; the first ones, pairs beside each other."""
    are_too_many: bool = False


class DomainReader(Protocol):
    """Look-ups outside any transaction; each sees what was committed before it.

    Every method may raise `BackendUnavailable`.
    """

    async def all(self) -> Sequence[LinkDomain]:
        """Return every domain that was added or changed, by host."""
        ...

    async def links(self, host: str) -> int:
        """Return how many links a domain has, `MOST_COUNTED` and one at most.

        Without those that are deleted.
        """
        ...

    async def logo(self, host: str) -> str | None:
        """Return the data URL of a domain's logo; None: it has none."""
        ...


class NoDomains:
    """A store that has no domains."""

    async def all(self) -> Sequence[LinkDomain]:
        """Return none."""
        return ()

    async def links(self, host: str) -> int:  # noqa: ARG002  # of the port
        """Return 0."""
        return 0

    async def logo(self, host: str) -> str | None:  # noqa: ARG002  # of the port
        """Return none."""
        return None


class DomainWriter(Protocol):
    """Changes to domains, inside a transaction.

    Every method may raise `BackendUnavailable`.
    """

    async def hold(self) -> None:
        """Keep other transactions from changing domains before this one ends."""
        ...

    async def get(self, host: str) -> LinkDomain | None:
        """Return the domain with exactly this host, or None."""
        ...

    async def put(self, domain: LinkDomain) -> None:
        """Store *domain*, in place of what is stored of its host."""
        ...

    async def put_logo(self, host: str, logo: str | None) -> None:
        """Store the logo of a domain that is stored, or that it has none.

        `put` leaves it as it is.
        """
        ...

    async def remove(self, host: str) -> None:
        """Remove a domain, with its logo."""
        ...

    async def recode(self, domain: LinkDomain) -> Recoded:
        """Store the codes of a domain's links in the form that *domain* says.

        A link of which that changes the code has a new version. If two links would
        have one code, or there are more than `MOST_RECODED`, none is changed.
        """
        ...

    async def has_links(self, host: str) -> bool:
        """Return whether a domain has links that are not deleted."""
        ...


class DomainTransaction(Protocol):
    """One unit of work: all of it is committed, or nothing."""

    @property
    def domains(self) -> DomainWriter:
        """Changes to domains."""
        ...

    @property
    def keys(self) -> KeyWriter:
        """Keys, some of which are bound to domains."""
        ...

    @property
    def audit(self) -> AuditWriter:
        """Entries of the audit trail, for what this transaction changes."""
        ...

    @property
    def outbox(self) -> Outbox:
        """Events of links, to be published once this transaction has committed."""
        ...

    @property
    def answers(self) -> AnswerWriter:
        """Answers to requests that may be sent again."""
        ...


class DomainStorage(Protocol):
    """A store of domains, for as long as the process lives."""

    @property
    def domains(self) -> DomainReader:
        """Look-ups outside any transaction."""
        ...

    def transaction(self) -> AbstractAsyncContextManager[DomainTransaction]:
        """Open a transaction: committed at the end, rolled back on an exception.

        Raises:
            BackendUnavailable: The store does not answer, or cannot commit.
        """
        ...
