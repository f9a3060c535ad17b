"""The doctor's checks of what enriches clicks: lists, libraries and files."""

from waypost.cli.doctor.findings import Check, Status
from waypost.config import Settings, SettingsError
from waypost.wiring.analytics.agents import is_fast
from waypost.wiring.analytics.places import (
    knows_countries,
    open_networks,
    place_database_problem,
)


def check_enrichment(settings: Settings) -> list[Check]:
    """Check what is known of addresses and agents, where clicks are kept at all."""
    if not settings.REPORTS:
        return []
    return [_places(settings), *_networks(settings), *_agents()]


def _places(settings: Settings) -> Check:
    path = settings.GEOIP_DATABASE
    problem = place_database_problem(path) if path else ""
    if problem:
        return Check(
            name="places",
            status=Status.WARNING,
            finding=f"GEOIP_DATABASE cannot be used: {problem}. Reports have "
            "countries, and neither regions nor cities.",
            remedy="Put a database in MaxMind's format there, or set another path.",
        )
    if path:
        finding = f"Countries, regions and cities come from {path.name}."
        return Check(name="places", status=Status.OK, finding=finding)
    if knows_countries():
        finding = "Countries come from the registries' lists."
        return Check(name="places", status=Status.OK, finding=finding)
    return Check(
        name="places",
        status=Status.WARNING,
        finding="Nothing is known of where visitors are.",
        remedy="Install the package iptocc, or set GEOIP_DATABASE.",
    )


def _networks(settings: Settings) -> list[Check]:
    try:
        open_networks(settings)
    except SettingsError as error:
        finding = f"No process that stores clicks for reports starts: {error}"
        return [
            Check(
                name="networks",
                status=Status.PROBLEM,
                finding=finding,
                remedy="Correct the file, or take it out of BOT_NETWORKS.",
            )
        ]
    return []


def _agents() -> list[Check]:
    if is_fast():
        return []
    return [
        Check(
            name="user agents",
            status=Status.NOTE,
            finding="User agents are read by slow code.",
            remedy="Install the package ua-parser-rs.",
        )
    ]
