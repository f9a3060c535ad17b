"""UTM templates over HTTP, and links that are filled from them, on every store."""

from collections.abc import AsyncIterator
from contextlib import aclosing

import httpx
import pytest

from tests.integration.api.conftest import AS_ADMIN, BASE_URL, Api
from waypost.adapters.sql.storage import SqlStorage

TEMPLATES = "/api/v1/utm-templates"
LINKS = "/api/v1/links"
NEWSLETTER = {"source": "news", "medium": "email", "campaign": "{code}-{domain}"}


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def client(request: pytest.FixtureRequest) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server over each store, which has a template."""
    if request.param == "memory":
        async with _client(Api()) as made:
            yield made
        return
    name = "database_url" if request.param == "sqlite" else "migrated_postgres_url"
    url = request.getfixturevalue(name)
    async with (
        aclosing(await SqlStorage.open(url, timeout_seconds=60)) as storage,
        _client(Api(storage=storage)) as made,
    ):
        yield made


def _client(api: Api) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(api.create())
    return httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=AS_ADMIN)


async def put(client: httpx.AsyncClient, name: str, **values: object) -> httpx.Response:
    """Ask for a template."""
    return await client.put(f"{TEMPLATES}/{name}", json=values)


async def make(client: httpx.AsyncClient, **fields: object) -> httpx.Response:
    """Ask for a link."""
    body = {"url": "https://example.com/", **fields}
    return await client.post(LINKS, json=body)


async def test_templates_are_kept(client: httpx.AsyncClient) -> None:
    """Made, replaced whole, listed by name in pages, and deleted."""
    assert (await put(client, "b", **NEWSLETTER)).status_code == 201
    assert (await put(client, "a", source="x")).status_code == 201
    replaced = await put(client, "b", medium="post")
    assert (replaced.status_code, replaced.json()["source"]) == (200, None)
    first = (await client.get(f"{TEMPLATES}?limit=1")).json()
    rest = (await client.get(f"{TEMPLATES}?cursor={first['next_cursor']}")).json()
    assert [one["name"] for one in first["data"] + rest["data"]] == ["a", "b"]
    assert rest["next_cursor"] is None
    assert (await client.delete(f"{TEMPLATES}/a")).status_code == 204
    gone = await client.delete(f"{TEMPLATES}/a")
    assert (gone.status_code, gone.json()["code"]) == (404, "utm-template-not-found")
    trail = (await client.get("/api/v1/audit?resource=utm_template:a")).json()
    assert [one["action"] for one in trail["data"]] == [
        "utm_template.deleted",
        "utm_template.saved",
    ]


async def test_a_new_link_is_filled_once(client: httpx.AsyncClient) -> None:
    """With its own code, where it leaves something out; the template may change."""
    await put(client, "n", **NEWSLETTER, content="{title}|{date}")
    made = (
        await make(client, utm_template="n", title="T", utm={"source": "own"})
    ).json()
    date = made["created_at"][:10]
    assert made["utm"] == {
        "source": "own",
        "medium": "email",
        "campaign": f"{made['code']}-go.example.com",
        "term": None,
        "content": f"T|{date}",
    }
    await put(client, "n", source="other")
    read = await client.get(f"{LINKS}/{made['code']}")
    assert read.json()["utm"] == made["utm"]
    chosen = await make(client, utm_template="n", code="mine")
    assert (chosen.json()["utm"]["source"], chosen.json()["version"]) == ("other", 2)


async def test_a_changed_link_is_filled(client: httpx.AsyncClient) -> None:
    """What the link has, or gets by the same change, stays."""
    await put(client, "n", **NEWSLETTER)
    await make(client, code="a", utm={"source": "old"})
    body = {"utm": {"medium": "new"}, "utm_template": "n"}
    changed = (await client.patch(f"{LINKS}/a", json=body)).json()
    assert (changed["utm"]["source"], changed["utm"]["medium"]) == ("old", "new")
    assert changed["utm"]["campaign"] == "a-go.example.com"


async def test_many_links_are_filled(client: httpx.AsyncClient) -> None:
    """An item that names no template that there is fails by itself."""
    await put(client, "n", **NEWSLETTER)
    items = [
        {"url": "https://example.com/1", "code": "one", "utm_template": "n"},
        {"op": "update", "link": "one", "utm_template": "n"},
        {"url": "https://example.com/2", "utm_template": "none"},
    ]
    answer = (await client.post(f"{LINKS}/bulk", json={"items": items})).json()
    assert [one["status"] for one in answer["results"]] == [201, 200, 404]
    assert answer["results"][2]["error"]["code"] == "utm-template-not-found"
    link = (await client.get(f"{LINKS}/one")).json()
    assert link["utm"]["campaign"] == "one-go.example.com"


async def test_what_cannot_be_is_refused(client: httpx.AsyncClient) -> None:
    """Unknown templates, placeholders and names; URLs that would be too long."""
    unknown = await make(client, utm_template="none")
    assert unknown.json()["code"] == "utm-template-not-found"
    for name, values in (
        ("n", {"source": "{cod}"}),
        ("n", {"source": "x" * 256}),
        ("n", {"source": "a\nb"}),
        ("a,b", {"source": "x"}),
    ):
        refused = await put(client, name, **values)
        assert refused.json()["code"] == "invalid-request"
    await put(client, "n", **NEWSLETTER)
    reused = await make(client, utm_template="n", reuse=True)
    assert reused.json()["code"] == "option-conflict"
    long = await make(
        client, utm_template="n", url=f"https://example.com/{'x' * 8_150}"
    )
    assert long.json()["code"] == "option-conflict"
