"""What reports call the values of dimensions, and links."""

from calendar import day_name
from collections.abc import Mapping
from typing import Final

from waypost.api.reports.bodies import Name
from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.links import Link
from waypost.domain.reports.continents import CONTINENT_NAMES
from waypost.domain.reports.country_names import COUNTRY_NAMES
from waypost.services.reports.asking import By, Key
from waypost.services.reports.derived import Derived
from waypost.services.reports.link_names import KnownLinks, id_name

_LABELS: Final = {
    "android_browser": "Android Browser",
    "chromeos": "ChromeOS",
    "ios": "iOS",
    "macos": "macOS",
    "qr": "QR code",
    "samsung": "Samsung Internet",
    "tv": "TV",
}
_CLOSED: Final = frozenset(
    {
        Dimension.DEVICE,
        Dimension.OS,
        Dimension.BROWSER,
        Dimension.CHANNEL,
        Dimension.SOURCE,
        Dimension.MACHINE,
    }
)
"""Dimensions whose values are words of our own."""
UNKNOWN: Final = "Unknown"
PEOPLE: Final = "People"
NONE: Final = "None"
_NULLS: Final[Mapping[By | None, str]] = {
    Dimension.MACHINE: PEOPLE,
    Dimension.RULE: NONE,
    Dimension.VARIANT: NONE,
}
"""What null says of a dimension, if it is not that the value is unknown."""


def name_of_link(link: Link | None, link_id: int) -> str:
    """Return the name by which a report about the link can be asked for."""
    return id_name(link_id) if link is None else link.name


def names(by: By | None, known: KnownLinks) -> Name:
    """Return what names the values of *by*, or links that are *known*."""

    def name(key: Key) -> tuple[str | None, str | None]:
        if isinstance(key, int):
            link = known.get(key)
            shown = link.options.title if link else None
            called = name_of_link(link, key)
            return called, shown or called
        return key, _label(by, key)

    return name


def _label(by: By | None, value: str | None) -> str:
    if value is None:
        return _NULLS.get(by, UNKNOWN)
    if by is Dimension.COUNTRY:
        return COUNTRY_NAMES.get(value, value)
    if by is Derived.CONTINENT:
        return CONTINENT_NAMES.get(value, value)
    if by is Derived.HOUR_OF_WEEK:
        day, _, hour = value.partition("-")
        return f"{day_name[int(day) - 1]} {hour}:00"
    if by in _CLOSED:
        return _LABELS.get(value, value.capitalize())
    return value
