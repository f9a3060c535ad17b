"""The pages for people, and the OpenAPI document behind them."""

import re
from importlib.metadata import version

import httpx
import pytest

from tests.integration.api.conftest import BASE_URL
from waypost.http.statuses import ERRORS

ASSET = re.compile(r'(?:src|href)="(/assets/[^"]+)"')


async def test_the_start_page_makes_a_first_link(client: httpx.AsyncClient) -> None:
    """Its form and its example are meant for this very server."""
    answer = await client.get("/")

    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert '<form id="shorten">' in answer.text
    assert f"curl {BASE_URL}/api/shorten" in answer.text
    assert 'href="/docs"' in answer.text


async def test_the_reference_explains_every_refusal(client: httpx.AsyncClient) -> None:
    """The `type` of every problem document leads to a place that exists."""
    page = (await client.get("/docs")).text

    for code in ERRORS:
        assert f'id="error-{code}"' in page
    assert "`" not in page.partition('id="errors"')[2], "code is marked as code"


@pytest.mark.parametrize("path", ["/", "/docs"])
async def test_pages_need_no_other_server(client: httpx.AsyncClient, path: str) -> None:
    """All that they load is from here, and the browser is forbidden anything else."""
    answer = await client.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "script-src 'self'; connect-src 'self'" in policy
    assert "unsafe" not in policy
    assert "http" not in policy
    assert not re.search(r"(src|href)=.(https?:)?//", answer.text)
    assert "<script>" not in answer.text
    assert not re.search(r"\son\w+=", answer.text)


async def test_assets_are_kept_until_they_change(client: httpx.AsyncClient) -> None:
    """Their URLs change with their content, so a browser may keep them for a year."""
    found = ASSET.findall((await client.get("/docs")).text)
    assert len(found) == 4
    for url in found:
        packed = await client.get(url, headers={"Accept-Encoding": "gzip"})
        plain = await client.get(url, headers={"Accept-Encoding": "identity"})
        assert packed.status_code == plain.status_code == 200
        assert packed.headers["Content-Encoding"] == "gzip"
        assert packed.content == plain.content
        assert len(packed.content) > 500
        for answer in (packed, plain):
            kept = answer.headers.get_list("Cache-Control")
            assert kept == ["public, max-age=31536000, immutable"]
            assert answer.headers["Vary"] == "accept-encoding"
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
    old = await client.get(found[0].partition("?")[0] + "?v=of-before")
    assert old.headers["Cache-Control"] == "public, max-age=86400"


@pytest.mark.parametrize(
    "name", ["nothing.js", "favicon.ico", "..%2Frendering.py", "%2Fetc%2Fpasswd", ""]
)
async def test_there_are_no_other_assets(client: httpx.AsyncClient, name: str) -> None:
    """No name leads to another file of this machine."""
    assert (await client.get(f"/assets/{name}")).status_code == 404


@pytest.mark.parametrize(
    ("path", "media_type"),
    [("/favicon.ico", "image/x-icon"), ("/favicon.svg", "image/svg+xml")],
)
async def test_there_are_icons(
    client: httpx.AsyncClient, path: str, media_type: str
) -> None:
    """They are where browsers look for them."""
    answer = await client.get(path)
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == media_type
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'"


async def test_the_document_has_our_version_and_errors(
    client: httpx.AsyncClient,
) -> None:
    """Nothing of the framework's own error format is left in it."""
    answer = await client.get("/openapi.json")

    assert answer.json()["info"]["version"] == version("waypost")
    assert "HTTPValidationError" not in answer.text
    assert "application/problem+json" in answer.text
