"""The pages for people, and the OpenAPI document behind them."""

import re
from importlib.metadata import version

import httpx

from tests.integration.api.conftest import BASE_URL
from waypost.http.statuses import ERRORS


async def test_the_front_page_shows_how_to_begin(client: httpx.AsyncClient) -> None:
    """Its example is meant for this very server, and it leads to the reference."""
    answer = await client.get("/")

    assert answer.headers["Content-Type"] == "text/html; charset=utf-8"
    assert f"curl {BASE_URL}/api/shorten" in answer.text
    assert 'href="/docs"' in answer.text


async def test_the_reference_explains_every_refusal(client: httpx.AsyncClient) -> None:
    """The `type` of every problem document leads to a place that exists."""
    page = (await client.get("/docs")).text

    for code in ERRORS:
        assert f'id="error-{code}"' in page


async def test_the_reference_explains_every_call(client: httpx.AsyncClient) -> None:
    """Each path of the OpenAPI document stands in the page, with an example."""
    document = (await client.get("/openapi.json")).json()
    page = (await client.get("/docs")).text

    assert set(document["paths"]) == {
        "/{code}",
        "/api/shorten",
        "/api/stats/{code}",
        "/api/v1/links",
        "/api/v1/links/{code}",
        "/api/v1/links/{code}/restore",
        "/api/v1/unknown-codes",
        "/api/v1/reports/totals",
        "/api/v1/reports/series",
        "/api/v1/reports/breakdown",
        "/api/v1/reports/clicks",
        "/api/v1/reports/live",
        "/api/v1/exports/clicks",
        "/api/v1/exports/links",
        "/api/v1/keys",
        "/api/v1/keys/{id}",
        "/api/v1/keys/{id}/rotate",
        "/api/v1/me",
        "/api/v1/",
        "/health",
        "/livez",
        "/readyz",
        "/metrics",
    }
    for path in document["paths"]:
        assert path in page
    assert page.count("<pre>curl ") == 35


async def test_pages_need_no_other_server(client: httpx.AsyncClient) -> None:
    """No script runs and nothing is loaded: the pages work without the internet."""
    for path in ("/", "/docs"):
        answer = await client.get(path)
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "<script" not in answer.text
        assert not re.search(r"(src|href)=.(https?:)?//", answer.text)


async def test_the_document_has_our_version_and_errors(
    client: httpx.AsyncClient,
) -> None:
    """Nothing of the framework's own error format is left in it."""
    answer = await client.get("/openapi.json")

    assert answer.json()["info"]["version"] == version("waypost")
    assert "HTTPValidationError" not in answer.text
    assert "application/problem+json" in answer.text
