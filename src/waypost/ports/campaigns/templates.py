"""UTM templates in the source of truth."""

from collections.abc import Sequence
from typing import Protocol

from waypost.domain.campaigns.templates import UtmTemplate


class UtmTemplates(Protocol):
    """Look-ups outside any transaction."""

    async def every(self) -> Sequence[UtmTemplate]:
        """Return all templates, by name.

        Raises:
            BackendUnavailable: The store does not answer.
        """
        ...


class UtmTemplateWriter(Protocol):
    """Changes, inside a transaction. Every method may raise `BackendUnavailable`."""

    async def hold(self) -> None:
        """Keep other transactions that hold from changing templates until the end."""
        ...

    async def every(self) -> Sequence[UtmTemplate]:
        """Return all templates, by name."""
        ...

    async def put(self, template: UtmTemplate) -> None:
        """Store *template*, in place of one of the same name."""
        ...

    async def remove(self, name: str) -> None:
        """Remove the template of this name."""
        ...
