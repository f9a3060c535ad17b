"""Keys with `own_links` see, change, report and list only what they made."""

from dataclasses import dataclass
from typing import Final

import httpx
import pytest

from tests.integration.api.access.test_scopes import ROUTES, bearer
from tests.integration.api.conftest import AS_ADMIN, Api
from waypost.api.access.guard import GuardedRoute
from waypost.domain.access.keys import BY_OPERATOR
from waypost.domain.access.scopes import KeyScope
from waypost.services.access.manage import KeyContext, KeySpec, make_key

LINKS: Final = "/api/v1/links"
URL: Final = "https://example.com/"
OTHER: Final = "other"
ALL: Final = {
    ("POST", "/api/shorten"),
    ("POST", LINKS),
    ("GET", LINKS),
    ("GET", f"{LINKS}/{{code}}"),
    ("PATCH", f"{LINKS}/{{code}}"),
    ("PUT", f"{LINKS}/{{code}}"),
    ("DELETE", f"{LINKS}/{{code}}"),
    ("POST", f"{LINKS}/{{code}}/restore"),
    ("POST", f"{LINKS}/{{code}}/simulate"),
    ("GET", f"{LINKS}/{{code}}/history"),
    ("POST", f"{LINKS}/bulk"),
    ("GET", "/api/v1/me"),
    ("GET", "/api/v1/exports/links"),
    ("GET", "/api/v1/exports/clicks"),
    ("GET", "/api/v1/reports/totals"),
    ("GET", "/api/v1/reports/series"),
    ("GET", "/api/v1/reports/breakdown"),
    ("GET", "/api/v1/reports/clicks"),
    ("GET", "/api/v1/reports/live"),
}
"""What is not refused as such."""


@dataclass(frozen=True)
class Shop:
    """One with a key for its own links, and a link of it."""

    client: httpx.AsyncClient
    headers: dict[str, str]
    code: str

    async def ask(self, method: str, path: str, **more: object) -> httpx.Response:
        """Send a request with the key."""
        return await self.client.request(
            method,
            path,
            headers=self.headers,
            **more,  # type: ignore[arg-type]  # of the client
        )


@pytest.fixture
async def shop(api: Api, client: httpx.AsyncClient) -> Shop:
    """A key with its link, beside a link of another one called `other`."""
    context = KeyContext(
        storage=api.keys, clock=api.clock, forget=lambda: None, has_admin_token=True
    )
    scopes = (KeyScope.LINKS_WRITE, KeyScope.REPORTS_READ)
    spec = KeySpec(name="shop", scopes=scopes, own_links=True)
    headers = bearer((await make_key(spec, by=BY_OPERATOR, context=context)).text)
    body = {"url": URL, "code": OTHER, "external_id": "other-1"}
    await client.post(LINKS, json=body, headers=AS_ADMIN)
    made = await client.post(LINKS, json={"url": URL}, headers=headers)
    return Shop(client, headers, made.json()["code"])


async def test_routes_about_others_are_refused(api: Api, shop: Shop) -> None:
    """All but those of this list, so that a new route shows nothing by mistake."""
    refused = set()
    for route in api.create().router.routes:
        if not isinstance(route, GuardedRoute):
            continue
        for method in route.methods or ():
            path = route.path.replace("{code}", shop.code).replace("{id}", "1")
            answer = await shop.ask(method, path, content=b"{}", params={"no": "1"})
            if answer.status_code == 403 and answer.json()["code"] == "own-links-only":
                refused.add((method, route.path))
    assert refused == set(ROUTES) - ALL


async def test_links_of_others_are_not_found(shop: Shop) -> None:
    """By any name, to read, change, delete, restore, simulate or see their history."""
    for name in (OTHER, "id:1", "ext:other-1", "none"):
        for method, path, body in (
            ("GET", "", None),
            ("PATCH", "", {"title": "x"}),
            ("DELETE", "", None),
            ("POST", "/restore", None),
            ("POST", "/simulate", {}),
            ("GET", "/history", None),
        ):
            answer = await shop.ask(method, f"{LINKS}/{name}{path}", json=body)
            assert answer.status_code == 404, (method, name, path)
            assert answer.json()["code"] == "link-not-found"
    for name in (OTHER, "ext:other-1"):
        answer = await shop.ask("PUT", f"{LINKS}/{name}", json={"url": URL + "x"})
        assert answer.status_code == 404
    untouched = await shop.client.get(f"{LINKS}/{OTHER}", headers=AS_ADMIN)
    assert untouched.json()["version"] == 1


async def test_own_links_are_as_ever(shop: Shop) -> None:
    """Read, changed, put, deleted and restored."""
    for method, path, body in (
        ("GET", "", None),
        ("PATCH", "", {"title": "x"}),
        ("PUT", "", {"url": URL, "external_id": "mine"}),
        ("DELETE", "", None),
        ("POST", "/restore", None),
        ("POST", "/simulate", {}),
        ("GET", "/history", None),
    ):
        answer = await shop.ask(method, f"{LINKS}/{shop.code}{path}", json=body)
        assert answer.status_code == 200, (method, path, answer.text)
    made = await shop.ask("PUT", f"{LINKS}/ext:mine-2", json={"url": URL})
    assert made.status_code == 201


async def test_lists_and_exports_have_own_links(shop: Shop) -> None:
    """Also where those of others are asked for."""
    for query, codes in (
        ({}, [shop.code]),
        ({"code": OTHER}, []),
        ({"created_by": "admin_token"}, []),
        ({"created_by": "anonymous"}, []),
    ):
        listed = await shop.ask("GET", LINKS, params=query | {"include": "total"})
        assert [one["code"] for one in listed.json()["data"]] == codes
        assert listed.json()["total"] == len(codes)
    exported = await shop.ask(
        "GET", "/api/v1/exports/links", params={"columns": "code"}
    )
    assert exported.text.split() == ["code", shop.code]


async def test_reuse_finds_own_links(shop: Shop) -> None:
    """One's own link is found, and that of another one is not."""
    body = {"url": URL, "reuse": True}
    found = await shop.ask("POST", LINKS, json=body)
    assert (found.status_code, found.json()["code"]) == (200, shop.code)
    items = {"items": [body, body | {"url": "https://example.org/"}]}
    results = (await shop.ask("POST", f"{LINKS}/bulk", json=items)).json()["results"]
    assert [one["status"] for one in results] == [200, 201]


async def test_bulk(shop: Shop) -> None:
    """Items about links of others fail as if there were none."""
    items = [
        {"op": "update", "link": OTHER, "title": "x"},
        {"op": "delete", "link": "id:1"},
        {"op": "put", "link": "ext:other-1", "url": URL + "x"},
        {"op": "restore", "link": OTHER},
        {"op": "update", "link": shop.code, "title": "x"},
        {"op": "put", "link": "ext:mine", "url": URL},
    ]
    answer = await shop.ask("POST", f"{LINKS}/bulk", json={"items": items})
    assert [
        (one["status"], one["error"] and one["error"]["code"])
        for one in answer.json()["results"]
    ] == [(404, "link-not-found")] * 4 + [(200, None), (201, None)]


async def test_reports_are_of_own_links(shop: Shop) -> None:
    """They name links, which are the key's; everything together is refused."""
    for report in ("totals", "series", "breakdown", "clicks", "live"):
        path = f"/api/v1/reports/{report}"
        query = {"by": "country"} if report == "breakdown" else {}
        for links, status in (
            ([], 403),
            ([OTHER], 404),
            (["id:1"], 404),
            (["id:77"], 404),
            (["ext:other-1"], 404),
            ([shop.code, OTHER], 404),
        ):
            answer = await shop.ask("GET", path, params=query | {"link": links})
            assert answer.status_code == status, (report, links)
        if report != "live":
            answer = await shop.ask("GET", path, params=query | {"link": shop.code})
            assert answer.status_code == 200, answer.text
    exported = await shop.ask("GET", "/api/v1/exports/clicks")
    assert exported.json()["code"] == "own-links-only"


async def test_admins_have_no_own_links(api: Api, client: httpx.AsyncClient) -> None:
    """A key is one or the other, also after a change; keys say which."""
    keys = "/api/v1/keys"
    body = {"name": "x", "scopes": ["admin"], "own_links": True}
    refused = await client.post(keys, json=body, headers=AS_ADMIN)
    assert (refused.status_code, refused.json()["code"]) == (422, "option-conflict")
    body["scopes"] = ["links:write"]
    made = (await client.post(keys, json=body, headers=AS_ADMIN)).json()
    me = await client.get("/api/v1/me", headers=bearer(made["key"]))
    assert made["own_links"] is me.json()["own_links"] is True
    path = f"{keys}/{made['id']}"
    edit = {"scopes": ["admin"]}
    refused = await client.patch(path, json=edit, headers=AS_ADMIN)
    assert (refused.status_code, refused.json()["code"]) == (422, "option-conflict")
    changed = await client.patch(
        path, json=edit | {"own_links": False}, headers=AS_ADMIN
    )
    assert changed.json()["own_links"] is False
    stored = await api.keys.keys.by_id(made["id"])
    assert stored is not None
    assert not stored.own_links
