"""Links that are asked for once more with `reuse`."""

import httpx
import pytest

from tests.integration.api.conftest import AS_ADMIN

LINKS = "/api/v1/links"
SALE: dict[str, object] = {"url": "https://example.com/sale"}


async def ask(client: httpx.AsyncClient, **body: object) -> tuple[int, str]:
    """Ask for a link, reused if there is one; return status and code."""
    asked = {**SALE, "reuse": True, **body}
    answer = await client.post(LINKS, json=asked, headers=AS_ADMIN)
    assert answer.is_success, answer.text
    link = answer.json()
    assert answer.headers["Location"] == f"{LINKS}/{link['code']}"
    assert answer.headers["ETag"] == f'"{link["version"]}"'
    assert "reuse" not in link
    return answer.status_code, link["code"]


async def test_the_same_link(client: httpx.AsyncClient) -> None:
    """It is made once, for every spelling of its URL."""
    status, code = await ask(client)
    assert status == 201
    assert await ask(client) == (200, code)
    assert await ask(client, url="HTTPS://Example.com:443/sale") == (200, code)
    assert (await ask(client, url="https://example.com/Sale"))[0] == 201
    assert (await ask(client, reuse=False))[0] == 201


async def test_given_options_count(client: httpx.AsyncClient) -> None:
    """Those that are not given make no difference."""
    options = {"title": "Sale", "utm": {"source": "poster"}, "forward_query": True}
    _, code = await ask(client, code="sale-1", **options)
    assert await ask(client, title="Sale") == (200, code)
    assert await ask(client, utm={"source": "poster", "term": None}) == (200, code)
    assert await ask(client, code="sale-1") == (200, code)
    assert (await ask(client, title="Other"))[0] == 201
    assert (await ask(client, utm={"source": "flyer"}))[0] == 201
    assert await ask(client, code="sale-2") == (201, "sale-2")


@pytest.mark.parametrize("change", [{"disabled": True}, {"valid_until": "-1d"}])
async def test_links_that_lead_nowhere(
    client: httpx.AsyncClient, change: dict[str, object]
) -> None:
    """They are reused only where that is asked for."""
    await ask(client, code="gone", **change)
    assert (await ask(client))[0] == 201
    is_off = "disabled" in change
    assert (await ask(client, disabled=True))[0] == (200 if is_off else 201)


async def codes(client: httpx.AsyncClient) -> list[str]:
    """Return the codes of all links, newest first."""
    answer = await client.get(LINKS, headers=AS_ADMIN)
    return [link["code"] for link in answer.json()["data"]]


async def test_deleted_links_are_not_reused(client: httpx.AsyncClient) -> None:
    """Nor links whose URL was changed."""
    _, code = await ask(client)
    await client.patch(
        f"{LINKS}/{code}", json={"url": "https://example.org/"}, headers=AS_ADMIN
    )
    status, second = await ask(client)
    assert status == 201
    await client.delete(f"{LINKS}/{second}", headers=AS_ADMIN)
    assert (await ask(client))[0] == 201


async def test_who_may_not_read_links(client: httpx.AsyncClient) -> None:
    """They are refused, and nothing is made: the answer is a link of another."""
    await ask(client)
    answer = await client.post(LINKS, json={**SALE, "reuse": True})
    assert (answer.status_code, answer.json()["code"]) == (401, "not-authenticated")
    assert len(await codes(client)) == 1
