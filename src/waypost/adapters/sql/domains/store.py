"""Domains in a SQL database; `ports.domains.store`."""

from collections.abc import Sequence

from waypost.adapters.sql.database import Database, DatabaseTransaction
from waypost.adapters.sql.domains import statements
from waypost.adapters.sql.domains.recoding import recode
from waypost.domain.domains.domains import LinkDomain
from waypost.ports.domains.store import Recoded


class SqlDomains:
    """Look-ups. Its methods are described at the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> Sequence[LinkDomain]:
        """Return every domain that was added or changed, by host."""
        return await self._database.read(statements.all_domains)

    async def links(self, host: str) -> int:
        """Return how many links a domain has, up to a bound."""
        return await self._database.read(statements.count_links, host)

    async def logo(self, host: str) -> str | None:
        """Return the logo of a domain, or None."""
        return await self._database.read(statements.logo_of, host)


class SqlDomainWriter:
    """Changes, inside a transaction. Its methods are described at the port."""

    def __init__(self, transaction: DatabaseTransaction) -> None:
        self._transaction = transaction

    async def hold(self) -> None:
        """Keep other transactions from changing domains before this one ends."""
        await self._transaction.run(statements.hold)

    async def get(self, host: str) -> LinkDomain | None:
        """Return the domain with exactly this host, or None."""
        return await self._transaction.run(statements.domain_with_host, host)

    async def put(self, domain: LinkDomain) -> None:
        """Store *domain*, in place of what is stored of its host."""
        await self._transaction.run(statements.put_domain, domain)

    async def put_logo(self, host: str, logo: str | None) -> None:
        """Store the logo of a domain, or that it has none."""
        await self._transaction.run(statements.put_logo, host, logo)

    async def remove(self, host: str) -> None:
        """Remove a domain."""
        await self._transaction.run(statements.remove_domain, host)

    async def recode(self, domain: LinkDomain) -> Recoded:
        """Store the codes of a domain's links in the form that *domain* says."""
        self._transaction.is_awaited = False  # it may take seconds
        return await self._transaction.run(recode, domain)

    async def has_links(self, host: str) -> bool:
        """Return whether a domain has links that are not deleted."""
        return await self._transaction.run(statements.has_links, host)
