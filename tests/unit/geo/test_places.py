"""Where addresses are, by the registries' lists and by a database file."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from maxminddb import InvalidDatabaseError

from tests.fakes import SettableClock
from tests.unit.geo.mmdb import Value, write_database
from waypost.adapters.geo.assigned import AssignedCountries
from waypost.adapters.geo.database import PlaceDatabase
from waypost.adapters.geo.reloading import LOOK_SECONDS
from waypost.config import Settings, SettingsError
from waypost.ports.analytics.enrichment import NOWHERE, Place
from waypost.wiring.analytics.places import (
    open_networks,
    open_places,
    place_database_problem,
)

ZURICH: Value = {
    "country": {"iso_code": "CH", "names": {"en": "Switzerland"}},
    "subdivisions": [{"iso_code": "ZH"}],
    "city": {"names": {"en": "Zürich", "fr": "Zurich"}},
}
BERN: Value = {"country": {"iso_code": "CH"}, "city": {"names": {"en": "Bern"}}}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database of three networks, one with another kind of record."""
    path = tmp_path / "places.mmdb"
    records: dict[str, Value] = {
        "192.0.2.0/24": ZURICH,
        "198.51.100.0/24": {"country": {"iso_code": 7}},
        "203.0.113.0/25": {"autonomous_system_number": 1},
    }
    write_database(path, records)
    return path


def test_countries_come_with_the_product() -> None:
    """A country is known of public addresses with nothing to set up."""
    places = open_places(Settings())
    assert isinstance(places, AssignedCountries)
    assert places.place("8.8.8.8") == Place("US", None, None)
    assert places.place("2001:4860:4860::8888") == Place("US", None, None)
    assert places.place("10.0.0.1") == NOWHERE


@given(st.text())
def test_any_text_has_a_place(text: str) -> None:
    """What is no address is nowhere."""
    assert isinstance(AssignedCountries().place(text), Place)


def test_a_database_knows_regions_and_cities(path: Path) -> None:
    """Regions are named by ISO 3166-2, cities in English; what is unknown is None."""
    places = open_places(Settings(GEOIP_DATABASE=path))
    assert places.place("192.0.2.7") == Place("CH", "CH-ZH", "Zürich")
    for elsewhere in ("192.0.3.1", "198.51.100.1", "203.0.113.1", "::1", "x", "", "\0"):
        assert places.place(elsewhere) == NOWHERE, elsewhere


def test_a_new_file_is_read_without_a_restart(path: Path) -> None:
    """A file that was replaced is opened; one that is damaged changes nothing."""
    clock = SettableClock()
    places = PlaceDatabase(path, monotonic=clock.monotonic)
    write_database(path, {"192.0.2.0/24": BERN})
    assert places.place("192.0.2.7").city == "Zürich"
    clock.move(LOOK_SECONDS)
    assert places.place("192.0.2.7") == Place("CH", None, "Bern")
    damaged = path.with_name("damaged")
    damaged.write_bytes(b"damaged")
    damaged.replace(path)
    clock.move(LOOK_SECONDS)
    assert places.place("192.0.2.7").city == "Bern"
    path.unlink()
    clock.move(LOOK_SECONDS)
    assert places.place("192.0.2.7").city == "Bern"
    write_database(path, {"192.0.2.0/24": ZURICH})
    clock.move(LOOK_SECONDS)
    assert places.place("192.0.2.7").city == "Zürich"


def test_without_its_file_a_database_is_replaced_by_the_lists(
    path: Path, tmp_path: Path
) -> None:
    """A wrong path or file costs regions and cities, and not the clicks."""
    missing, wrong = tmp_path / "missing.mmdb", tmp_path / "wrong.mmdb"
    wrong.write_bytes(b"no database")
    assert place_database_problem(path) == ""
    assert "cannot be read" in place_database_problem(missing)
    assert "MaxMind" in place_database_problem(wrong)
    for file in (missing, wrong):
        places = open_places(Settings(GEOIP_DATABASE=file))
        assert places.place("8.8.8.8") == Place("US", None, None)
    with pytest.raises(InvalidDatabaseError):
        PlaceDatabase(wrong)


def test_wrong_files_of_networks_stop_the_start(tmp_path: Path) -> None:
    """The sentence names the setting and the file, or what is wrong with it."""
    wrong = tmp_path / "wrong.txt"
    wrong.write_text("192.0.2.0/24\nnot a network\n")
    with pytest.raises(SettingsError, match=r"BOT_NETWORKS is wrong: .*not a network"):
        open_networks(Settings(BOT_NETWORKS=(wrong,)))
    with pytest.raises(SettingsError, match=r"BOT_NETWORKS is wrong: .*missing"):
        open_networks(Settings(BOT_NETWORKS=(tmp_path / "missing",)))
