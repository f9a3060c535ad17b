"""Time zones from the package `tzdata`, never from the machine's own files.

A machine's files may be years older, and reports of two processes must be the same.
"""

from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final
from zoneinfo import ZoneInfo

from waypost.domain.errors import UnknownZone
from waypost.domain.spelling import nearest

_PACKAGE: Final = "tzdata"


class TzdataZones:
    """Reads each zone once."""

    def __init__(self) -> None:
        self._zones: dict[str, ZoneInfo] = {}

    @cached_property
    def _names(self) -> frozenset[str]:
        listed = files(_PACKAGE).joinpath("zones").read_text("ascii")
        return frozenset(listed.split())

    def zone(self, name: str) -> ZoneInfo:
        """Return the zone that is called *name*.

        Raises:
            UnknownZone: There is none; the text names the nearest one.
        """
        if name not in self._zones:
            self._zones[name] = self._read(name)
        return self._zones[name]

    def _read(self, name: str) -> ZoneInfo:
        if name not in self._names:
            raise UnknownZone(self._advice(name))
        file: Traversable = files(_PACKAGE).joinpath("zoneinfo", *name.split("/"))
        with file.open("rb") as data:
            return ZoneInfo.from_file(data, key=name)

    def _advice(self, name: str) -> str | None:
        meant = nearest(name, self._names)
        return f"There is no such time zone. Did you mean {meant}?" if meant else None
