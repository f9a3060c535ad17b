"""The texts of ids, kept in memory once they were read: they never change."""

from collections.abc import Iterable, Sequence
from threading import Lock
from typing import Final, NamedTuple

from waypost.adapters.columns.drivers.connection import Connection, many

_CACHED: Final = 100_000


class Names:
    """Finds the texts of ids. Threads may share it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._known: dict[tuple[int, int], str] = {}

    def of(
        self, connection: Connection, column: int, ids: Sequence[int]
    ) -> list[str | None]:
        """Return the text of each of *ids*; None for 0."""
        found = self._cached(column, ids)
        missing = sorted({number for number in ids if number and number not in found})
        if missing:
            rows: list[tuple[int, str]] = connection.fetch(
                "SELECT id, value FROM click_values "
                "WHERE dimension = ? AND id IN {numbers}",
                column,
                many(missing),
            )
            found |= dict(rows)
            self._keep(column, rows)
        return [found.get(number) for number in ids]

    def _cached(self, column: int, ids: Iterable[int]) -> dict[int, str]:
        known = self._known
        return {
            number: known[column, number] for number in ids if (column, number) in known
        }

    def _keep(self, column: int, rows: Iterable[tuple[int, str]]) -> None:
        with self._lock:
            if len(self._known) > _CACHED:
                # Readers go on with the old one.
                self._known = {}
            self._known.update({(column, number): value for number, value in rows})


class Reading(NamedTuple):
    """What a process keeps for its reads."""

    names: Names
    most_rows: int
    """How many clicks one of them may read."""
