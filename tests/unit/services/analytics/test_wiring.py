"""What settings change about enrichment."""

from pathlib import Path

from tests.fakes import SettableClock
from tests.unit.geo.mmdb import write_database
from tests.unit.services.analytics.clicks import (
    CLICK,
    NOON,
    KeptSalts,
    journaled,
    value,
)
from waypost.config import Settings
from waypost.domain.analytics.dimensions import Dimension
from waypost.domain.analytics.enriched import EnrichedClick
from waypost.domain.clicks import Click
from waypost.telemetry.metrics import Metrics
from waypost.wiring.analytics.agents import open_machines
from waypost.wiring.analytics.enrichment import open_enricher


async def enriched(settings: Settings, click: Click) -> EnrichedClick:
    """Return what becomes of *click*."""
    enricher = open_enricher(
        settings, salts=KeptSalts(), clock=SettableClock(NOON), metrics=Metrics()
    )
    (found,) = await enricher.enrich(journaled(click))
    return found


async def test_defaults_know_countries_and_honour_privacy() -> None:
    """Nothing has to be set up."""
    found = await enriched(Settings(), CLICK._replace(privacy=b"1"))
    assert value(found, Dimension.COUNTRY) == "US"
    assert found.visitor == 0


async def test_settings_are_used(tmp_path: Path) -> None:
    """Places, networks, own names and privacy are as the settings say."""
    database, networks = tmp_path / "places.mmdb", tmp_path / "networks.json"
    write_database(database, {"8.8.8.0/24": {"country": {"iso_code": "CH"}}})
    networks.write_text('{"prefixes": [{"ipv4Prefix": "8.8.4.0/24"}]}')
    settings = Settings(
        GEOIP_DATABASE=database,
        BOT_NETWORKS=(networks,),
        HONOUR_DNT=False,
        BASE_URL="https://go.example.com",
        OWN_HOSTS=("short.example:8443",),
    )
    own = CLICK._replace(
        privacy=b"1", host=b"elsewhere", referrer=b"https://short.example/x"
    )
    found = await enriched(settings, own)
    assert value(found, Dimension.COUNTRY) == "CH"
    assert found.visitor != 0
    assert value(found, Dimension.REFERRER) is None

    robot = await enriched(settings, CLICK._replace(address="8.8.4.4"))
    assert value(robot, Dimension.MACHINE) == "network"
    assert robot.visitor == 0


async def test_agents_are_judged_alike_at_first_and_again() -> None:
    """What classifies again says what the step has said, of the text that is kept."""
    machines = open_machines()
    for agent in (b"", b"curl/8.7.1", b"WhatsApp/2.24", CLICK.user_agent, b"\xff bot"):
        found = await enriched(Settings(), CLICK._replace(user_agent=agent))
        kept = value(found, Dimension.AGENT)
        assert machines.machine_of_agent(kept) == value(found, Dimension.MACHINE)
