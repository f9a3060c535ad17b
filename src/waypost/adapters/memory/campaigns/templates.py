"""UTM templates in memory; `ports.campaigns.templates`."""

from collections import ChainMap
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from typing import TypeAlias

from waypost.domain.campaigns.templates import UtmTemplate

Stored: TypeAlias = MutableMapping[str, UtmTemplate | None]
"""Templates by name; None stands for one that a transaction removes."""


class MemoryUtmTemplates:
    """What is committed."""

    def __init__(self, stored: Stored) -> None:
        self._stored = stored

    async def every(self) -> Sequence[UtmTemplate]:
        """Return all templates, by name."""
        found = (one for one in self._stored.values() if one is not None)
        return sorted(found, key=lambda one: one.name)


class MemoryUtmTemplateWriter:
    """Changes, inside a transaction."""

    def __init__(
        self, stored: Stored, changes: Stored, *, begin: Callable[[], Awaitable[None]]
    ) -> None:
        self._changes = changes
        self._all = MemoryUtmTemplates(ChainMap(changes, stored))
        self._begin = begin

    async def hold(self) -> None:
        """Begin: transactions of this store come one after the other."""
        await self._begin()

    async def every(self) -> Sequence[UtmTemplate]:
        """Return all templates, by name."""
        await self._begin()
        return await self._all.every()

    async def put(self, template: UtmTemplate) -> None:
        """Store *template*, in place of one of the same name."""
        await self._begin()
        self._changes[template.name] = template

    async def remove(self, name: str) -> None:
        """Remove the template of this name."""
        await self._begin()
        self._changes[name] = None
