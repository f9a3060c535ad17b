"""Domains in which small and capital letters of codes make no difference."""

from collections.abc import AsyncIterator
from contextlib import aclosing

import httpx
import pytest

from tests.integration.api.conftest import AS_ADMIN, BASE_URL, Api
from waypost.adapters.memory.storage import MemoryStorage
from waypost.adapters.sql.storage import SqlStorage

LINKS = "/api/v1/links"
DOMAIN = "/api/v1/domains/go.acme.com"
URL = "https://example.com/"


@pytest.fixture(params=["memory", "sqlite"])
async def client(
    request: pytest.FixtureRequest, database_url: str
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server over each store, with a domain where case counts."""
    opening = SqlStorage.open(database_url, timeout_seconds=60)
    async with aclosing(await opening) as sql:
        store = sql if request.param == "sqlite" else MemoryStorage()
        api = Api(storage=store, keys=store, are_unicode_codes_allowed=True)
        transport = httpx.ASGITransport(api.create())
        async with httpx.AsyncClient(
            transport=transport, base_url=BASE_URL, headers=AS_ADMIN
        ) as made:
            await made.post("/api/v1/domains", json={"host": "go.acme.com"})
            yield made


async def make(client: httpx.AsyncClient, code: str | None) -> httpx.Response:
    """Make a link in the second domain."""
    wanted = {"url": URL, "domain": "go.acme.com"}
    return await client.post(LINKS, json=wanted | ({"code": code} if code else {}))


async def set_case(client: httpx.AsyncClient, *, counts: bool) -> httpx.Response:
    """Say whether case counts."""
    return await client.patch(DOMAIN, json={"case_sensitive": counts})


async def test_a_code_is_taken_in_any_case(client: httpx.AsyncClient) -> None:
    """It is shown as it was typed, and named in any case."""
    assert (await set_case(client, counts=False)).json()["case_sensitive"] is False
    made = (await make(client, "Spring")).json()
    assert (made["code"], made["short_url"]) == ("Spring", "https://go.acme.com/Spring")
    for code in ("spring", "SPRING", "Spring"):
        refused = await make(client, code)
        assert (refused.status_code, refused.json()["code"]) == (409, "code-taken")
        found = (await client.get(f"{LINKS}/go.acme.com:{code}")).json()
        assert (found["id"], found["code"]) == (made["id"], "Spring")
    listed = await client.get(f"{LINKS}?domain=go.acme.com&code=sPRING")
    assert [one["code"] for one in listed.json()["data"]] == ["Spring"]
    changed = await client.patch(
        f"{LINKS}/go.acme.com:SPRING", json={"title": "x", "version": made["version"]}
    )
    assert (changed.json()["code"], changed.json()["title"]) == ("Spring", "x")


async def test_letters_of_other_scripts_have_case_too(
    client: httpx.AsyncClient,
) -> None:
    """As Unicode says which are the same."""
    await set_case(client, counts=False)
    assert (await make(client, "ÄPFEL")).status_code == 201
    assert (await make(client, "äpfel")).status_code == 409


async def test_generated_codes_are_in_small_letters(client: httpx.AsyncClient) -> None:
    """There is nothing that was typed."""
    await set_case(client, counts=False)
    for _ in range(5):
        code = (await make(client, None)).json()["code"]
        assert code == code.lower()


async def test_links_of_before_are_found_in_any_case(client: httpx.AsyncClient) -> None:
    """And are what they were when case counts again."""
    for code in ("Spring", "summer"):
        await make(client, code)
    await set_case(client, counts=False)
    for name, shown in (("SPRING", "Spring"), ("Summer", "summer")):
        found = await client.get(f"{LINKS}/go.acme.com:{name}")
        assert found.json()["code"] == shown
    await set_case(client, counts=True)
    assert (await client.get(f"{LINKS}/go.acme.com:Spring")).status_code == 200
    assert (await client.get(f"{LINKS}/go.acme.com:spring")).status_code == 404


async def test_codes_that_differ_by_case_only_prevent_it(
    client: httpx.AsyncClient,
) -> None:
    """They are named, and nothing is changed."""
    for code in ("Spring", "spring", "other"):
        await make(client, code)
    refused = await set_case(client, counts=False)
    assert (refused.status_code, refused.json()["code"]) == (409, "case-collision")
    assert "Spring, spring" in refused.json()["detail"]
    domain = (await client.get(DOMAIN)).json()
    assert (domain["case_sensitive"], domain["version"]) == (True, 1)
    assert (await client.get(f"{LINKS}/go.acme.com:Spring")).status_code == 200


async def test_a_domain_can_begin_without_case(client: httpx.AsyncClient) -> None:
    """And case may make no difference in the default one, too."""
    body = {"host": "low.example", "case_sensitive": False}
    made = await client.post("/api/v1/domains", json=body)
    assert made.json()["case_sensitive"] is False
    default = "/api/v1/domains/go.example.com"
    assert (await client.patch(default, json={"case_sensitive": False})).json()[
        "default"
    ]
    await client.post(LINKS, json={"url": URL, "code": "Spring"})
    assert (await client.get(f"{LINKS}/sPrInG")).json()["code"] == "Spring"
    stats = await client.get("/api/stats/SPRING")
    assert stats.json()["short_code"] == "Spring"
