"""`/robots.txt`: what search engines may follow."""

from datetime import UTC, datetime
from urllib.robotparser import RobotFileParser

import httpx
import pytest

from tests.integration.api.conftest import AS_ADMIN
from waypost.api.documents.robots import MAX_CHARACTERS, robots_text
from waypost.domain.links import CountedLink, Link

NOW = datetime(2026, 1, 1, tzinfo=UTC)


async def make(client: httpx.AsyncClient, code: str, **options: object) -> None:
    """Make a link."""
    body = {"url": "https://example.com/", "code": code, **options}
    answer = await client.post("/api/v1/links", json=body, headers=AS_ADMIN)
    assert answer.status_code == 201, answer.text


async def test_only_crawlable_links_are_allowed(client: httpx.AsyncClient) -> None:
    """All else is not, but the pages of the server itself."""
    await make(client, "seen", crawlable=True)
    await make(client, "off", crawlable=True, disabled=True)
    await make(client, "plain")
    answer = await client.get("/robots.txt")

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=3600"
    lines = answer.text.splitlines()
    assert lines[0] == "User-agent: *"
    assert lines[-1] == "Disallow: /"
    assert "Allow: /seen$" in lines
    assert "Allow: /$" in lines
    assert "plain" not in answer.text
    assert "off" not in answer.text


async def test_the_option_can_be_changed(client: httpx.AsyncClient) -> None:
    """It is an option as others are, and makes no difference to visitors."""
    await make(client, "spring", crawlable=True)
    path = "/api/v1/links/spring"
    changed = await client.patch(path, json={"crawlable": False}, headers=AS_ADMIN)
    assert changed.json()["crawlable"] is False
    assert "spring" not in (await client.get("/robots.txt")).text


async def test_it_is_made_once_a_minute(client: httpx.AsyncClient) -> None:
    """Requests at any rate cost the database nothing."""
    before = (await client.get("/robots.txt")).text
    await make(client, "late", crawlable=True)
    assert (await client.get("/robots.txt")).text == before


@pytest.mark.parametrize("code", ["a", "\u00e9" * 128])
def test_it_stays_small_enough_for_crawlers(code: str) -> None:
    """However long codes are, the last line is there."""
    links = [
        CountedLink(
            link=Link(
                id=number,
                code=code,
                target="https://example.com/",
                created_at=NOW,
                updated_at=NOW,
            ),
            clicks=0,
        )
        for number in range(1_000)
    ]
    text = robots_text(links)
    assert len(text) < MAX_CHARACTERS + 1_000
    assert text.endswith("Disallow: /\n")


def test_the_standard_library_reads_it() -> None:
    """It is a file of the usual form."""
    parser = RobotFileParser()
    parser.parse(robots_text([]).splitlines())
    assert not parser.can_fetch("*", "https://go.example.com/spring")
