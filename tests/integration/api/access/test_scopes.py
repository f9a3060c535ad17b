"""Every route answers as it should to every scope."""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Final

import httpx
import pytest

from tests.integration.api.conftest import AS_ADMIN, BASE_URL, Api
from waypost.api.access.guard import GuardedRoute
from waypost.domain.access.key_text import make_key_text
from waypost.domain.access.keys import BY_OPERATOR
from waypost.domain.access.scopes import KeyScope
from waypost.services.access.manage import KeyContext, KeySpec, make_key

READ, CREATE, WRITE, REPORTS, ADMIN = KeyScope
ANY = None
ID: Final = "0195f2a0-7c1e-7b3a-9d52-5d1f0c8e2b11"

ROUTES: Final[Mapping[tuple[str, str], KeyScope | None]] = {
    ("POST", "/api/shorten"): CREATE,
    ("POST", "/api/v1/links"): CREATE,
    ("GET", "/api/v1/links"): READ,
    ("GET", "/api/v1/links/{code}"): READ,
    ("PATCH", "/api/v1/links/{code}"): WRITE,
    ("PUT", "/api/v1/links/{code}"): WRITE,
    ("DELETE", "/api/v1/links/{code}"): WRITE,
    ("POST", "/api/v1/links/{code}/restore"): WRITE,
    ("GET", "/api/v1/links/{code}/history"): READ,
    ("GET", "/api/v1/audit"): ADMIN,
    ("POST", "/api/v1/links/{code}/simulate"): READ,
    ("POST", "/api/v1/links/bulk"): ANY,
    ("PUT", "/api/v1/links/{code}/quarantine"): ADMIN,
    ("DELETE", "/api/v1/links/{code}/quarantine"): ADMIN,
    ("GET", "/api/v1/reports/totals"): REPORTS,
    ("GET", "/api/v1/reports/series"): REPORTS,
    ("GET", "/api/v1/reports/breakdown"): REPORTS,
    ("GET", "/api/v1/reports/clicks"): REPORTS,
    ("GET", "/api/v1/reports/live"): REPORTS,
    ("GET", "/api/v1/unknown-codes"): REPORTS,
    ("DELETE", "/api/v1/unknown-codes"): ADMIN,
    ("GET", "/api/v1/exports/clicks"): REPORTS,
    ("GET", "/api/v1/exports/links"): READ,
    ("GET", "/api/v1/abuse-reports"): ADMIN,
    ("PATCH", "/api/v1/abuse-reports/{id}"): ADMIN,
    ("GET", "/api/v1/tags"): READ,
    ("GET", "/api/v1/tags/{tag}"): READ,
    ("PUT", "/api/v1/tags/{tag}"): WRITE,
    ("PATCH", "/api/v1/tags/{tag}"): WRITE,
    ("DELETE", "/api/v1/tags/{tag}"): WRITE,
    ("GET", "/api/v1/utm-templates"): READ,
    ("PUT", "/api/v1/utm-templates/{name}"): WRITE,
    ("DELETE", "/api/v1/utm-templates/{name}"): WRITE,
    ("GET", "/api/v1/domains"): READ,
    ("POST", "/api/v1/domains"): ADMIN,
    ("GET", "/api/v1/domains/{host}"): READ,
    ("PATCH", "/api/v1/domains/{host}"): ADMIN,
    ("DELETE", "/api/v1/domains/{host}"): ADMIN,
    ("GET", "/api/v1/system"): ADMIN,
    ("GET", "/api/v1/jobs"): ADMIN,
    ("POST", "/api/v1/jobs"): ADMIN,
    ("GET", "/api/v1/jobs/{id}"): ADMIN,
    ("POST", "/api/v1/jobs/{id}/cancel"): ADMIN,
    ("GET", "/api/v1/keys"): ADMIN,
    ("POST", "/api/v1/keys"): ADMIN,
    ("GET", "/api/v1/keys/{id}"): ADMIN,
    ("PATCH", "/api/v1/keys/{id}"): ADMIN,
    ("DELETE", "/api/v1/keys/{id}"): ADMIN,
    ("POST", "/api/v1/keys/{id}/rotate"): ADMIN,
    ("GET", "/api/v1/me"): ANY,
}
OF_DOMAINS: Final = {
    ("PUT", "/api/v1/links/{code}"),
    ("GET", "/api/v1/links/{code}/history"),
    ("GET", "/api/v1/reports/totals"),
    ("GET", "/api/v1/reports/series"),
    ("GET", "/api/v1/reports/breakdown"),
    ("GET", "/api/v1/reports/clicks"),
    ("GET", "/api/v1/reports/live"),
    ("GET", "/api/v1/unknown-codes"),
    ("GET", "/api/v1/exports/clicks"),
    ("GET", "/api/v1/exports/links"),
    ("POST", "/api/shorten"),
    ("POST", "/api/v1/links"),
    ("GET", "/api/v1/links"),
    ("GET", "/api/v1/links/{code}"),
    ("PATCH", "/api/v1/links/{code}"),
    ("DELETE", "/api/v1/links/{code}"),
    ("POST", "/api/v1/links/{code}/restore"),
    ("POST", "/api/v1/links/{code}/simulate"),
    ("PUT", "/api/v1/links/{code}/quarantine"),
    ("DELETE", "/api/v1/links/{code}/quarantine"),
    ("GET", "/api/v1/domains"),
    ("GET", "/api/v1/domains/{host}"),
}
"""Routes that look themselves after keys that are bound to domains."""
PUBLIC: Final = {
    "/",
    "/api/stats/{code}",
    "/api/v1/",
    "/api/v1/abuse-reports",
    "/assets/{name}",
    "/favicon.ico",
    "/favicon.svg",
    "/docs",
    "/health",
    "/livez",
    "/metrics",
    "/openapi.json",
    "/readyz",
    "/report",
    "/robots.txt",
}
INCLUDED: Final = {WRITE: {READ, CREATE, WRITE}, ADMIN: set(KeyScope)}


@pytest.fixture
def api() -> Api:
    """Parts of an application that makes no link without a key."""
    return Api(is_creation_public=False)


async def key_with(api: Api, *scopes: KeyScope, domains: tuple[str, ...] = ()) -> str:
    """Make a key in the store of *api*, and return its secret."""
    context = KeyContext(
        storage=api.keys, clock=api.clock, forget=lambda: None, has_admin_token=True
    )
    spec = KeySpec(name="one", scopes=scopes, domains=domains)
    return (await make_key(spec, by=BY_OPERATOR, context=context)).text


def bearer(key: str) -> dict[str, str]:
    """Return the header that sends *key*."""
    return {"Authorization": f"Bearer {key}"}


async def ask(
    client: httpx.AsyncClient, route: tuple[str, str], headers: dict[str, str]
) -> httpx.Response:
    """Call *route* with a body that changes nothing, and without waiting for events."""
    method, path = route
    url = path.replace("{code}", "none").replace("{id}", ID)
    # Refused, but by the route itself: it takes neither the parameter nor the body.
    content = b"{}" if method in {"POST", "PATCH", "PUT"} else None
    params = {"nothing": "1"} if method == "GET" else None
    return await client.request(
        method, url, headers=headers, content=content, params=params
    )


def test_every_route_is_in_the_table(api: Api) -> None:
    """A route is guarded by the scope of this table, or is in the list of open ones."""
    guarded: dict[tuple[str, str], KeyScope | None] = {}
    public = set()
    for route in api.create().router.routes:
        if isinstance(route, GuardedRoute):
            guarded |= {
                (method, route.path): route.scope for method in route.methods or ()
            }
        else:
            public.add(getattr(route, "path", ""))
    assert guarded == ROUTES
    assert public == PUBLIC


@pytest.mark.parametrize("scope", list(KeyScope))
async def test_every_route_with_every_scope(
    api: Api, client: httpx.AsyncClient, scope: KeyScope
) -> None:
    """A route is served to a key that has its scope, and refuses others by its name."""
    headers = bearer(await key_with(api, scope))
    permitted = INCLUDED.get(scope, {scope})
    for route, needed in ROUTES.items():
        answer = await ask(client, route, headers)
        if needed is ANY or needed in permitted:
            assert answer.status_code not in {401, 403}, route
            continue
        assert (answer.status_code, answer.json()["code"]) == (403, "scope-missing")
        assert answer.json()["required_scope"] == needed
        assert needed in answer.json()["detail"]
        assert answer.headers["WWW-Authenticate"] == (
            f'Bearer realm="waypost", error="insufficient_scope", scope="{needed}"'
        )


async def test_no_route_without_a_key(client: httpx.AsyncClient) -> None:
    """Every guarded route refuses a request without a key, or with one of no use."""
    for route in ROUTES:
        without = await ask(client, route, {})
        assert (without.status_code, without.json()["code"]) == (
            401,
            "not-authenticated",
        )
        assert without.headers["WWW-Authenticate"] == 'Bearer realm="waypost"'
        for headers in (
            bearer(make_key_text()),
            bearer("nonsense"),
            {"X-API-Key": make_key_text()},
        ):
            unknown = await ask(client, route, headers)
            assert unknown.status_code == 401, route
            assert unknown.headers["WWW-Authenticate"] == (
                'Bearer realm="waypost", error="invalid_token"'
            )
        basic = await ask(client, route, {"Authorization": "Basic bm9uZTpub25l"})
        assert basic.status_code == 401, route


async def test_the_admin_token_permits_everything(client: httpx.AsyncClient) -> None:
    """As clients of the releases before keys send it."""
    for route in ROUTES:
        answer = await ask(client, route, AS_ADMIN)
        assert answer.status_code not in {401, 403}, route


async def test_two_ways_to_send_a_key(api: Api, client: httpx.AsyncClient) -> None:
    """As `X-API-Key`, or behind `Bearer` in any case; that one goes before."""
    key = await key_with(api, READ)
    accepted: list[dict[str, str]] = [
        {"X-API-Key": key},
        {"Authorization": f"bearer {key}"},
        {"Authorization": f"BEARER  {key} "},
        {"Authorization": "Basic bm9uZTpub25l", "X-API-Key": key},
        {"Authorization": f"Bearer {key}", "X-API-Key": "nonsense"},
    ]
    for headers in accepted:
        answer = await client.get("/api/v1/me", headers=headers)
        assert answer.status_code == 200, headers
    refused = await client.get(
        "/api/v1/me", headers={"Authorization": "Bearer nonsense", "X-API-Key": key}
    )
    assert refused.status_code == 401


@pytest.mark.parametrize("name", ["key", "api_key", "access_token", "token"])
async def test_no_key_is_taken_from_the_url(
    api: Api, client: httpx.AsyncClient, name: str
) -> None:
    """URLs are stored in logs and histories, so a key in one is none."""
    key = await key_with(api, READ)
    for path in ("/api/v1/me", "/api/v1/links"):
        answer = await client.get(path, params={name: key})
        assert (answer.status_code, answer.json()["code"]) == (401, "not-authenticated")


async def test_the_key_is_checked_before_the_body(client: httpx.AsyncClient) -> None:
    """A client without a key learns nothing of what a body may be."""
    for path in ("/api/shorten", "/api/v1/links", "/api/v1/keys"):
        answer = await client.post(path, content=b"{not json")
        assert answer.status_code == 401, path


async def test_a_key_of_other_domains(api: Api, client: httpx.AsyncClient) -> None:
    """It is refused with the names of its own; it may ask who it is."""
    other = bearer(await key_with(api, ADMIN, domains=("other.example",)))
    own = bearer(await key_with(api, ADMIN, domains=("go.example.com", "b.example")))
    for route, needed in ROUTES.items():
        refused = await ask(client, route, other)
        assert (await ask(client, route, own)).status_code not in {401, 403}, route
        if needed is ANY:
            assert refused.status_code not in {401, 403}
            continue
        if route in OF_DOMAINS:
            continue  # tests/integration/domains/test_links.py
        assert (refused.status_code, refused.json()["code"]) == (
            403,
            "domain-not-allowed",
        )
        assert "other.example" in refused.json()["detail"]


@pytest.fixture
async def open_client(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the same application, where links are made without a key."""
    api.is_creation_public = True
    transport = httpx.ASGITransport(api.create())
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        yield client


async def test_public_creation_opens_nothing_else(
    api: Api, open_client: httpx.AsyncClient
) -> None:
    """Without a key links are made, and all else is refused."""
    for route, needed in ROUTES.items():
        answer = await ask(open_client, route, {})
        assert (answer.status_code == 401) is (needed is not CREATE), route
    body = {"url": "https://example.com/"}
    reader = bearer(await key_with(api, REPORTS))
    for path in ("/api/shorten", "/api/v1/links"):
        assert (await open_client.post(path, json=body)).status_code == 201
        # Any client may, and so may a client with a key for something else.
        with_key = await open_client.post(path, json=body, headers=reader)
        assert with_key.status_code == 201
        # Not one of ours: of a proxy in front, for example.
        other = await open_client.post(path, json=body, headers=bearer("another"))
        assert other.status_code == 201
        mistyped = await open_client.post(path, json=body, headers=bearer("wp_7Qm2"))
        assert mistyped.status_code == 401


async def test_the_document_says_which_scope(client: httpx.AsyncClient) -> None:
    """OpenAPI has each route's scope in `security` and in the description."""
    document = (await client.get("/openapi.json")).json()
    assert document["components"]["securitySchemes"].keys() == {"key", "key_header"}
    stated = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if "security" not in operation:
                continue
            (bearer_scopes,) = operation["security"][0].values()
            (header_scopes,) = operation["security"][1].values()
            assert bearer_scopes == header_scopes
            stated[method.upper(), path] = bearer_scopes[0] if bearer_scopes else None
            words = re.escape(f"scope `{bearer_scopes[0]}`") if bearer_scopes else "any"
            assert re.search(words, operation["description"])
            assert {"401"} <= operation["responses"].keys()
    assert stated == ROUTES
