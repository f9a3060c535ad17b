"""The domains of a server as a process knows them: all of them, in memory.

A redirect cannot ask the store which domains there are. So every process reads the
whole small table again and again, and keeps what it knows while the store is away.
"""

import logging
from typing import Final

from waypost.domain.domains.table import DomainTable
from waypost.ports.domains.store import DomainReader, NoDomains
from waypost.services.rounds import Rounds

INTERVAL_SECONDS: Final = 1.0
"""How often a process looks whether another one has changed domains."""


def only_default(base_url: str = "") -> "KnownDomains":
    """Return the domains of a server that has no others than that of *base_url*."""
    return KnownDomains(NoDomains(), base_url=base_url)


class KnownDomains:
    """What this process knows of domains. For one event loop."""

    __slots__ = ("_domains", "_interval", "_rounds", "is_plain", "table")

    def __init__(
        self,
        domains: DomainReader,
        *,
        base_url: str,
        interval: float = INTERVAL_SECONDS,
    ) -> None:
        """Know only the domain of *base_url*, until `refresh`."""
        self._domains = domains
        self._interval = interval
        self._rounds = Rounds(
            "domains.not_read", interval=interval, level=logging.WARNING
        )
        self.table = DomainTable(base_url)
        """All domains, as they were read last."""
        self.is_plain = True
        """As of the table: a slot of its own for those who ask at each redirect."""

    async def refresh(self) -> None:
        """Read the domains again.

        Raises:
            BackendUnavailable: The store does not answer.
        """
        self.table = DomainTable(self.table.base_url, await self._domains.all())
        self.is_plain = self.table.is_plain

    async def run(self) -> None:
        """Read them again and again, until cancelled."""
        await self._rounds.run(self._round)

    async def _round(self) -> float:
        await self.refresh()
        return self._interval
