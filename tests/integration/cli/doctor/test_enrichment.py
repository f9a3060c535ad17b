"""`waypost doctor` on what enriches clicks."""

import json
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Command
from tests.unit.geo.mmdb import write_database


def checks(waypost: Command) -> dict[str, dict[str, str]]:
    """Return the doctor's checks by their names."""
    outcome = waypost("doctor", "--json")
    return {check["name"]: check for check in json.loads(outcome.stdout)["checks"]}


@pytest.mark.slow
def test_places_come_from_the_best_that_can_be_read(
    waypost: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Lists without a setting; the file of the setting, or what is wrong with it."""
    found = checks(waypost)
    assert found["places"]["status"] == "ok"
    assert "registries" in found["places"]["finding"]
    assert {"networks", "user agents"}.isdisjoint(found)

    path = tmp_path / "places.mmdb"
    monkeypatch.setenv("GEOIP_DATABASE", str(path))
    missing = checks(waypost)["places"]
    assert (missing["status"], "cannot be read" in missing["finding"]) == (
        "warning",
        True,
    )

    write_database(path, {"192.0.2.0/24": {"country": {"iso_code": "CH"}}})
    assert "places.mmdb" in checks(waypost)["places"]["finding"]


@pytest.mark.slow
def test_wrong_networks_are_a_problem(
    waypost: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The finding says which setting, and what stands in the file."""
    path = tmp_path / "networks.txt"
    path.write_text("nonsense")
    monkeypatch.setenv("BOT_NETWORKS", str(path))
    found = checks(waypost)["networks"]
    assert found["status"] == "problem"
    assert "BOT_NETWORKS" in found["finding"]
    assert "nonsense" in found["finding"]


@pytest.mark.slow
def test_nothing_is_checked_where_clicks_are_not_kept(
    waypost: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without reports no click is enriched."""
    monkeypatch.setenv("REPORTS", "false")
    assert "places" not in checks(waypost)


def test_what_is_not_installed_is_a_finding(
    waypost: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where a platform has no wheel, the doctor says what is missing for it."""
    for name in ("knows_countries", "is_fast"):
        monkeypatch.setattr(
            f"waypost.cli.doctor.analytics.enrichment.{name}", lambda: False
        )
    found = checks(waypost)
    assert found["places"]["status"] == "warning"
    assert "iptocc" in found["places"]["remedy"]
    assert "ua-parser-rs" in found["user agents"]["remedy"]
