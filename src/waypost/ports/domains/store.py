"""Domains in the source of truth: look them up, add, change and remove them."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from waypost.domain.domains.domains import LinkDomain
from waypost.ports.audit.trail import AuditWriter

MOST_COUNTED = 10_000
"""Links of a domain that are counted exactly."""


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

    async def remove(self, host: str) -> None:
        """Remove a domain."""
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
    def audit(self) -> AuditWriter:
        """Entries of the audit trail, for what this transaction changes."""
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
