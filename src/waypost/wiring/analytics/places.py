"""Where addresses are, by what the settings name and what is installed."""

from collections.abc import Callable
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path

import structlog

from waypost.adapters.geo.networks import NetworkFiles, NoNetworks
from waypost.adapters.geo.nowhere import NoPlaces
from waypost.config import Settings, SettingsError
from waypost.ports.analytics.enrichment import Networks, Places

_log = structlog.get_logger()


def knows_countries() -> bool:
    """Return whether the registries' lists are installed."""
    return find_spec("iptocc") is not None


def open_places(settings: Settings) -> Places:
    """Return the best that can be read: clicks are worth more than their places."""
    if settings.GEOIP_DATABASE:
        problem = place_database_problem(settings.GEOIP_DATABASE)
        if not problem:
            from waypost.adapters.geo.database import PlaceDatabase

            return PlaceDatabase(settings.GEOIP_DATABASE)
        _log.error("enrichment.place_database_unreadable", reason=problem)
    if knows_countries():
        from waypost.adapters.geo.assigned import AssignedCountries

        return AssignedCountries()
    _log.warning("enrichment.no_places", remedy="Install the package iptocc.")
    return NoPlaces()


def open_countries() -> Callable[[str], str] | None:
    """Return what finds the country of an address; None: the lists are not installed.

    They are imported when it is first called, as few links have rules.
    """
    return _Countries().country_of if knows_countries() else None


class _Countries:
    @cached_property
    def _places(self) -> Places:
        from waypost.adapters.geo.assigned import AssignedCountries

        return AssignedCountries()

    def country_of(self, address: str) -> str:
        return self._places.place(address).country or ""


def place_database_problem(path: Path) -> str:
    """Return why the file of `GEOIP_DATABASE` cannot be used; empty: it can."""
    from maxminddb import InvalidDatabaseError, open_database

    try:
        open_database(path).close()
    except OSError as error:
        return f"it cannot be read: {error.strerror}"
    except (InvalidDatabaseError, ValueError):
        return "it is no database in the format of MaxMind"
    return ""


def open_networks(settings: Settings) -> Networks:
    """Return the networks of the files that `BOT_NETWORKS` names.

    Raises:
        SettingsError: A file cannot be read, or has a line that is no network.
    """
    if not settings.BOT_NETWORKS:
        return NoNetworks()
    try:
        return NetworkFiles(settings.BOT_NETWORKS)
    except OSError as error:
        reason = f"{error.filename} cannot be read: {error.strerror}"
    except ValueError as error:
        reason = str(error)
    raise SettingsError(f"BOT_NETWORKS is wrong: {reason}.")
