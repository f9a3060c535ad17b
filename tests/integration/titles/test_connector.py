"""Titles are fetched from public addresses, within bounds of time and size."""

from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing
from ipaddress import ip_address
from urllib.parse import urlsplit

import pytest

from tests.integration.titles.pages import Pages, serving
from waypost.adapters.fetching import connector
from waypost.adapters.fetching.connector import MOST_BYTES, TitleConnector
from waypost.domain.errors import TargetIsOwnLink
from waypost.domain.titles.addresses import Address
from waypost.ports.titles.fetching import Fetched, FetchOutcome


def checked(url: str) -> str:
    """Return *url*, unless it is one of ours."""
    if "own.example" in url:
        raise TargetIsOwnLink
    return url


@pytest.fixture
async def pages() -> AsyncIterator[Pages]:
    """A server on loopback."""
    async with serving() as served:
        yield served


async def fetch(
    url: str, *, are_private_allowed: bool = True, seconds: float = 20
) -> Fetched:
    """Fetch a title by a connector of its own."""
    fetcher = TitleConnector(
        checked=checked, are_private_allowed=are_private_allowed, seconds=seconds
    )
    async with aclosing(fetcher):
        return await fetcher.fetch(url)


@pytest.mark.parametrize(
    ("path", "outcome", "title"),
    [
        ("/", FetchOutcome.FOUND, "A & B page"),
        ("/gzip", FetchOutcome.FOUND, "A & B page"),
        ("/to//to//gzip", FetchOutcome.FOUND, "A & B page"),
        ("/latin", FetchOutcome.FOUND, "Züri"),
        ("/wrong", FetchOutcome.FOUND, "Z\ufffdri"),
        ("/text", FetchOutcome.WITHOUT_TITLE, None),
        ("/gone", FetchOutcome.WITHOUT_TITLE, None),
        ("/bomb", FetchOutcome.WITHOUT_TITLE, None),
        ("/crumbs", FetchOutcome.WITHOUT_TITLE, None),
        ("/ring", FetchOutcome.TOO_LONG_CHAIN, None),
        ("/garbage", FetchOutcome.FAILED, None),
        ("/to/http://own.example/x", FetchOutcome.LOOP, None),
        ("/to/ftp://other.example/x", FetchOutcome.FAILED, None),
    ],
)
async def test_a_title_is_found_or_the_reason_is_known(
    pages: Pages, path: str, outcome: FetchOutcome, title: str | None
) -> None:
    """For every kind of page, and for what pretends to be one."""
    assert await fetch(pages.url + path) == Fetched(outcome, title)


@pytest.mark.parametrize("path", ["/silent", "/slow"])
async def test_a_slow_page_ends_in_time(pages: Pages, path: str) -> None:
    """Also one that sends a byte now and then."""
    assert (await fetch(pages.url + path, seconds=0.5)).outcome is FetchOutcome.TIMEOUT


async def test_an_endless_page_is_cut(pages: Pages) -> None:
    """After 64 KiB, and what the network holds besides."""
    found = await fetch(pages.url + "/endless")
    assert found.outcome is FetchOutcome.FOUND
    assert found.title is not None
    assert len(found.title) == 255
    assert pages.sent < 100 * MOST_BYTES


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::ffff:127.0.0.1]"])
async def test_a_private_address_is_not_connected_to(pages: Pages, host: str) -> None:
    """However it is written."""
    url = f"http://{host}:{urlsplit(pages.url).port}/"
    found = await fetch(url, are_private_allowed=False)
    assert found.outcome is FetchOutcome.PRIVATE
    assert pages.requests == []


async def test_each_redirect_is_checked_again(
    pages: Pages, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A public page cannot send this server into its own network."""
    asked: list[str] = []

    def addresses(host: str, port: int) -> Sequence[Address]:
        asked.append(host)
        return [ip_address("127.0.0.1" if len(asked) > 1 else "127.0.0.2")]

    monkeypatch.setattr(connector, "_addresses", addresses)
    # Stands for a public one: a test reaches no other than loopback.
    monkeypatch.setattr(connector, "is_public", lambda one: str(one) == "127.0.0.2")
    port = urlsplit(pages.url).port
    async with serving("127.0.0.2", port or 0) as public:
        found = await fetch(
            f"http://public.example:{port}/to//secret", are_private_allowed=False
        )
    assert found.outcome is FetchOutcome.PRIVATE
    assert asked == ["public.example", "public.example"]
    assert public.requests == [("/to//secret", f"public.example:{port}")]
    assert pages.requests == []
