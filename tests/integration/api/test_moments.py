"""Moments in links over HTTP, absolute and from now."""

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from tests.integration.api.links.test_options import make


@pytest.mark.parametrize(
    ("text", "distance"),
    [
        ("now", timedelta(0)),
        ("+30m", timedelta(minutes=30)),
        ("+2h", timedelta(hours=2)),
        ("+7d", timedelta(days=7)),
        ("-4w", timedelta(weeks=-4)),
    ],
)
async def test_moments_from_now(
    client: httpx.AsyncClient, text: str, distance: timedelta
) -> None:
    """What is stored is the moment, in whole seconds."""
    before = datetime.now(UTC).replace(microsecond=0)
    answer = await make(client, valid_since=text)
    after = datetime.now(UTC)

    moment = datetime.fromisoformat(answer.json()["valid_since"])
    assert before + distance <= moment <= after + distance
    assert moment.microsecond == 0


async def test_moments_of_links_are_whole_seconds(client: httpx.AsyncClient) -> None:
    """As those of all that has a version; what is stored is exact."""
    link = (await make(client)).json()
    for name in ("created_at", "updated_at"):
        assert datetime.strptime(link[name], "%Y-%m-%dT%H:%M:%S%z").microsecond == 0


async def test_moments_with_an_offset(client: httpx.AsyncClient) -> None:
    """They are answered in UTC, without fractions."""
    answer = await make(client, valid_since="2026-03-01T01:30:00.9+01:00")

    assert answer.json()["valid_since"] == "2026-03-01T00:30:00Z"
