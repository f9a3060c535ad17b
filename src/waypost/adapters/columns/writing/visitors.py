"""Gives the visitors of a day numbers, by their hashes."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from waypost.adapters.columns.counting import different
from waypost.adapters.columns.drivers.connection import Connection
from waypost.wire.click_store.columns import Whole

_HASH = np.dtype("<u8")
_NUMBER = np.dtype("<u4")


class Visitors(NamedTuple):
    """The known visitors of a day."""

    hashes: NDArray[np.uint64]
    """Ascending."""
    numbers: NDArray[np.uint32]
    highest: int
    """The highest number ever given: without hashes, numbers go on from there."""

    def numbered(self, hashes: Whole) -> "tuple[Whole, Visitors]":
        """Return the numbers of *hashes*, and the visitors with the new ones.

        The hash 0 is no visitor, and has the number 0.
        """
        wanted = different(hashes.astype(_HASH)).astype(_HASH)
        if len(wanted) and wanted[0] == 0:
            wanted = wanted[1:]
        places = self.hashes.searchsorted(wanted)
        is_known = places < len(self.hashes)
        is_known[is_known] = self.hashes[places[is_known]] == wanted[is_known]
        new = wanted[~is_known]
        fresh = np.arange(self.highest + 1, self.highest + 1 + len(new), dtype=_NUMBER)
        before = self.hashes.searchsorted(new)
        known = Visitors(
            np.insert(self.hashes, before, new),
            np.insert(self.numbers, before, fresh),
            self.highest + len(new),
        )
        return known.find(hashes), known

    def find(self, hashes: Whole) -> Whole:
        """Return the numbers of *hashes*, all of which are known."""
        found = np.zeros(len(hashes), _NUMBER)
        is_visitor = hashes != 0
        places = self.hashes.searchsorted(hashes[is_visitor].astype(_HASH))
        found[is_visitor] = self.numbers[places]
        return found

    def hashes_of(self, numbers: Whole) -> Whole:
        """Return the hashes of *numbers*; 0 where they were deleted."""
        table = np.zeros(self.highest + 1, _HASH)
        table[self.numbers] = self.hashes
        return table[numbers]


def visitors_of(connection: Connection, day: int) -> Visitors:
    """Return the known visitors of *day*."""
    counts: list[tuple[int]] = connection.fetch(
        "SELECT visitors FROM click_days WHERE day = ?", day
    )
    rows: list[tuple[bytes, bytes]] = connection.fetch(
        "SELECT hashes, numbers FROM click_visitors WHERE day = ?", day
    )
    hashes, numbers = rows[0] if rows else (b"", b"")
    return Visitors(
        np.frombuffer(hashes, _HASH),
        np.frombuffer(numbers, _NUMBER),
        counts[0][0] if counts else 0,
    )


def store_visitors(connection: Connection, day: int, visitors: Visitors) -> None:
    """Keep the hashes of *visitors*."""
    connection.run(
        "INSERT INTO click_visitors (day, hashes, numbers) VALUES (?, ?, ?) "
        "ON CONFLICT (day) DO UPDATE SET "
        "hashes = excluded.hashes, numbers = excluded.numbers",
        day,
        visitors.hashes.tobytes(),
        visitors.numbers.tobytes(),
    )
