"""Settings are taken as other programs write them."""

import pytest

from waypost.config import SettingsError, load_settings
from waypost.wiring.gathering import flush_seconds, gathering_seconds


@pytest.mark.parametrize(
    "scheme", ["postgresql", "postgres", "postgresql+asyncpg", "PostgreSQL"]
)
def test_spellings_of_postgresql(scheme: str) -> None:
    """However a URL names PostgreSQL, it is the one that all parts understand."""
    settings = load_settings(DATABASE_URL=f"{scheme}://me:Secret@db:5432/Name?a=B")
    assert settings.DATABASE_URL == "postgresql://me:Secret@db:5432/Name?a=B"
    assert settings.database_url == settings.DATABASE_URL


@pytest.mark.parametrize("url", ["mysql://db/name", "postgresql+psycopg2://db/name"])
def test_other_databases_are_refused(url: str) -> None:
    """A database, or a driver, that there is not."""
    with pytest.raises(SettingsError, match="DATABASE_URL is wrong"):
        load_settings(DATABASE_URL=url)


@pytest.mark.parametrize(
    ("interval", "block", "seconds"), [(5, 1_000, 1.0), (0.1, 1_000, 0.1)]
)
def test_clicks_gather_no_longer_than_said(
    interval: float, block: int, seconds: float
) -> None:
    """A worker of the bus counts within the interval too, as every other process."""
    settings = load_settings(
        INGESTION_FLUSH_INTERVAL_SECONDS=interval, INGESTION_BLOCK_MS=block
    )
    assert gathering_seconds(settings) == seconds


@pytest.mark.parametrize(
    ("url", "interval", "seconds"),
    [
        ("", None, 0.5),
        ("sqlite:////tmp/waypost.db", None, 0.5),
        ("postgresql://db/name", None, 0.05),
        ("postgres://db/name", None, 0.05),
        ("postgresql://db/name", 5, 5),
        ("", 0.1, 0.1),
    ],
)
def test_clicks_gather_shorter_where_others_report(
    url: str, interval: float | None, seconds: float
) -> None:
    """A shared database is counted soon, unless the setting says otherwise."""
    settings = load_settings(
        DATABASE_URL=url, INGESTION_FLUSH_INTERVAL_SECONDS=interval
    )
    assert flush_seconds(settings) == seconds
