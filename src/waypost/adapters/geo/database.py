"""Places by a database file in the format of MaxMind, which several makers publish."""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import msgspec
from maxminddb import InvalidDatabaseError, Reader, open_database

from waypost.adapters.geo.reloading import Reloading
from waypost.ports.analytics.enrichment import NOWHERE, Place

_LANGUAGE: Final = "en"
"""Of the names of cities: every database has them in English."""


class _Area(msgspec.Struct, frozen=True):
    """A country, a part of one, or a city."""

    iso_code: str | None = None
    names: dict[str, str] = {}


class _Record(msgspec.Struct, frozen=True):
    """What a database may know of an address; other fields are not read."""

    country: _Area = _Area()
    subdivisions: list[_Area] = []
    city: _Area = _Area()


class PlaceDatabase:
    """Looks addresses up in a file, which may be replaced at any time."""

    def __init__(
        self, path: Path, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Open the file.

        Raises:
            OSError: It cannot be read.
            InvalidDatabaseError: It is no such database.
        """
        self._reader: Reloading[Reader] = Reloading(
            [path], partial(open_database, path), monotonic=monotonic
        )

    def place(self, address: str) -> Place:
        """Return the place of *address*, which may be any text."""
        try:
            found = self._reader.content().get(address)
            if not isinstance(found, dict):
                return NOWHERE
            record = msgspec.convert(found, _Record)
        except (ValueError, TypeError, InvalidDatabaseError):
            # No address (a TypeError, if it has a zero byte), or a record of another
            # kind of database.
            return NOWHERE
        return _place_of(record)


def _place_of(record: _Record) -> Place:
    country = record.country.iso_code
    part = record.subdivisions[0].iso_code if record.subdivisions else None
    return Place(
        country,
        f"{country}-{part}" if country and part else None,
        record.city.names.get(_LANGUAGE),
    )
