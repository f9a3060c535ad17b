"""A click with everything that reports know of it."""

from typing import Final, NamedTuple

from waypost.domain.analytics.dimensions import PLACES, Dimension

DAY_MS: Final = 86_400_000
"""Milliseconds of a UTC day."""

MAX_VALUE: Final = 200
"""Characters of a value that are kept, except of an agent's text."""


class EnrichedClick(NamedTuple):
    """One click as analytics keeps it. It holds no address.

    A named tuple, because one is made for every click.
    """

    journal: str
    lane: int
    sequence: int
    link_id: int
    time_ms: int
    """When the redirect was answered: milliseconds since 1970 in UTC."""
    visitor: int
    """The visitor within the UTC day: a keyed hash of 64 bits, unsigned. 0: unknown,
    because the visitor asks not to be recognised, or is a machine."""
    values: tuple[str | None, ...]
    """By `DIMENSIONS`: each value, or None where it is unknown."""
    code: str = ""
    """The code that was visited; empty: it is not known. Not every store keeps it."""

    @property
    def is_machine(self) -> bool:
        """Whether a program clicked, and no person."""
        return self.values[PLACES[Dimension.MACHINE]] is not None


def day_of(time_ms: int) -> int:
    """Return the UTC day of a moment: days since 1970-01-01."""
    return time_ms // DAY_MS
