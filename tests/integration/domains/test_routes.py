"""Domains over HTTP: added, listed, changed and removed."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from hashlib import sha256

import httpx
import pytest

from tests.integration.api.conftest import AS_ADMIN, BASE_URL, Api
from tests.logos import PNG_LOGO, SVG_LOGO, svg
from waypost.adapters.memory.storage import MemoryStorage
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.qr.logos import logo_url

DOMAINS = "/api/v1/domains"
HOST = "go.acme.com"


@pytest.fixture(params=["memory", "sqlite"])
async def client(
    request: pytest.FixtureRequest, database_url: str
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server over each store, with an admin's key."""
    opening = SqlStorage.open(database_url, timeout_seconds=60)
    async with aclosing(await opening) as sql:
        api = Api(storage=sql if request.param == "sqlite" else MemoryStorage())
        transport = httpx.ASGITransport(api.create())
        async with httpx.AsyncClient(
            transport=transport, base_url=BASE_URL, headers=AS_ADMIN
        ) as made:
            yield made


async def added(client: httpx.AsyncClient, **fields: object) -> dict[str, object]:
    """Add a domain and return it."""
    answer = await client.post(DOMAINS, json={"host": HOST, **fields})
    assert answer.status_code == 201, answer.text
    body: dict[str, object] = answer.json()
    return body


async def code_of(answer: httpx.Response, status: int) -> str:
    """Return the code of a refusal with this status."""
    assert answer.status_code == status, answer.text
    code: str = answer.json()["code"]
    return code


async def test_a_server_begins_with_the_domain_of_its_base_url(
    client: httpx.AsyncClient,
) -> None:
    """It is the default one, and nothing is set on it."""
    (only,) = (await client.get(DOMAINS)).json()["data"]
    assert only["host"] == "go.example.com"
    assert only["default"]
    assert only["created_at"] is None
    assert (await client.get(f"{DOMAINS}/go.example.com")).json() == only


async def test_a_domain_is_added_and_read(client: httpx.AsyncClient) -> None:
    """It comes back with all that was set, under the host in its usual spelling."""
    made = await client.post(
        DOMAINS,
        json={
            "host": "GO.Acme.com.",
            "root_url": "https://acme.com",
            "defaults": {"redirect_status": 301, "forward_query": True},
        },
    )
    assert made.status_code == 201, made.text
    assert made.headers["location"] == f"{DOMAINS}/{HOST}"
    assert made.headers["etag"] == '"1"'
    body = made.json()
    assert (body["host"], body["root_url"]) == (HOST, "https://acme.com")
    assert body["defaults"]["redirect_status"] == 301
    assert body["defaults"]["preview"] == "on_request"
    read = await client.get(f"{DOMAINS}/GO.acme.com")
    assert read.json() == body
    assert [one["host"] for one in (await client.get(DOMAINS)).json()["data"]] == [
        "go.example.com",
        HOST,
    ]


@pytest.mark.parametrize(
    "host",
    [
        "",
        " ",
        "https://go.acme.com",
        "go.acme.com/",
        "a b.example",
        "go.acme.com:0",
        "user@acme.com",
        "\u2028.example",
        "a" * 254,
        "%00.example",
    ],
)
async def test_what_is_no_host_is_refused(client: httpx.AsyncClient, host: str) -> None:
    """A URL, a path, spaces, a wrong port, and names that are too long."""
    answer = await client.post(DOMAINS, json={"host": host})
    assert await code_of(answer, 422) == "invalid-host"


async def test_a_host_is_added_once(client: httpx.AsyncClient) -> None:
    """Also in another spelling; and the one of the base URL is there already."""
    await added(client)
    for host in (HOST, HOST.upper(), "go.example.com"):
        answer = await client.post(DOMAINS, json={"host": host})
        assert await code_of(answer, 409) == "domain-exists"


async def test_its_urls_are_targets(client: httpx.AsyncClient) -> None:
    """They are refused as targets of links are, and the refusal names the field."""
    answer = await client.post(
        DOMAINS, json={"host": HOST, "not_found_url": "ftp://acme.com"}
    )
    assert await code_of(answer, 422) == "target-scheme-not-allowed"
    assert answer.json()["detail"].startswith("not_found_url:")


async def test_a_change_is_a_merge_patch(client: httpx.AsyncClient) -> None:
    """What it leaves out stays, null is none, and each change is a version more."""
    await added(client, root_url="https://acme.com", expired_url="https://acme.com/o")
    answer = await client.patch(
        f"{DOMAINS}/{HOST}",
        json={"root_url": None, "defaults": {"crawlable": True}},
    )
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert (body["root_url"], body["expired_url"]) == (None, "https://acme.com/o")
    assert body["defaults"]["crawlable"] is True
    assert (body["version"], answer.headers["etag"]) == (2, '"2"')
    same = await client.patch(f"{DOMAINS}/{HOST}", json={"root_url": None})
    assert same.json()["version"] == 2


async def test_a_change_of_an_old_version_is_refused(
    client: httpx.AsyncClient,
) -> None:
    """Who names the version that was read, loses no other client's change."""
    await added(client)
    path, old = f"{DOMAINS}/{HOST}", {"If-Match": '"1"'}
    change = {"root_url": "https://acme.com"}
    assert (await client.patch(path, json=change, headers=old)).status_code == 200
    again = {"root_url": "https://other.example"}
    for refused in (
        await client.patch(path, json=again, headers=old),
        await client.delete(path, headers=old),
    ):
        assert await code_of(refused, 412) == "precondition-failed"
        assert "domain" in refused.json()["detail"]
        stored = await client.get(path)
        assert refused.json()["current"] == stored.json()
        assert refused.headers["ETag"] == stored.headers["ETag"] == '"2"'
    assert (await client.get(path)).json()["root_url"] == "https://acme.com"


async def test_the_default_domain_is_changed_too(client: httpx.AsyncClient) -> None:
    """Under its host; it cannot be removed."""
    path = f"{DOMAINS}/go.example.com"
    answer = await client.patch(path, json={"root_url": "https://acme.com"})
    assert (answer.json()["version"], answer.json()["default"]) == (2, True)
    assert answer.json()["created_at"]
    refused = await client.delete(path)
    assert await code_of(refused, 409) == "domain-in-use"


async def test_a_domain_is_removed(client: httpx.AsyncClient) -> None:
    """It is gone then, and unknown domains are neither read, changed nor removed."""
    await added(client)
    path = f"{DOMAINS}/{HOST}"
    assert (await client.delete(path)).status_code == 204
    for answer in (
        await client.get(path),
        await client.patch(path, json={}),
        await client.delete(path),
    ):
        assert await code_of(answer, 404) == "domain-not-found"
    await added(client)


async def test_lists_are_paged_and_filtered(client: httpx.AsyncClient) -> None:
    """By a part of the host, and by state; a cursor that is none is refused."""
    for host in ("a.example", "b.example"):
        await client.post(DOMAINS, json={"host": host})
    await client.patch(f"{DOMAINS}/b.example", json={"state": "disabled"})
    first = (await client.get(f"{DOMAINS}?limit=2")).json()
    assert [one["host"] for one in first["data"]] == ["go.example.com", "a.example"]
    second = await client.get(f"{DOMAINS}?limit=2&cursor={first['next_cursor']}")
    assert [one["host"] for one in second.json()["data"]] == ["b.example"]
    assert second.json()["next_cursor"] is None
    off = await client.get(f"{DOMAINS}?state=disabled&q=B.ex")
    assert [one["host"] for one in off.json()["data"]] == ["b.example"]
    refused = await client.get(f"{DOMAINS}?cursor=%FF")
    assert await code_of(refused, 422) == "invalid-cursor"


async def test_qr_codes_have_looks_and_a_logo(client: httpx.AsyncClient) -> None:
    """They come back as they were set, stay through other changes, and may be null."""
    body = await added(client, qr={"color": "2F7D32", "logo": SVG_LOGO})
    looks = {"color": "#2f7d32", "background": "#ffffff", "margin": 4, "level": "M"}
    assert body["qr"] == {**looks, "logo": SVG_LOGO}
    path = f"{DOMAINS}/{HOST}"
    assert (await client.get(path)).json() == body
    change = {"background": "transparent", "margin": 0, "logo": PNG_LOGO}
    answer = await client.patch(path, json={"qr": change})
    assert answer.json()["qr"] == {**looks, **change}
    answer = await client.patch(path, json={"qr": {"level": "Q"}})
    assert answer.json()["qr"] == {**looks, **change, "level": "Q"}
    assert (await client.get(DOMAINS)).json()["data"][1] == answer.json()
    null = dict.fromkeys((*looks, "logo"))
    cleared = (await client.patch(path, json={"qr": null})).json()
    assert cleared["qr"] == {**looks, "color": "#000000", "logo": None}
    assert (await client.get(path)).json() == cleared
    _, _, changed, _ = (await client.get("/api/v1/audit")).json()["data"]
    assert changed["after"]["qr"]["logo"] == {
        "sha256": sha256(PNG_LOGO.encode()).hexdigest(),
        "length": len(PNG_LOGO),
    }
    assert PNG_LOGO not in (await client.get("/api/v1/audit")).text


async def test_a_logo_is_as_large_as_it_may_be(client: httpx.AsyncClient) -> None:
    """One of 64 KiB is taken with what stands beside it, and a longer one is not."""
    filled = svg(f"<title>{'a' * 48_800}</title>")
    logo = logo_url(filled)
    assert 65_000 < len(logo) <= 65_536
    url = f"https://acme.com/{'a' * 2_000}"
    body = await added(client, root_url=url, qr={"logo": logo})
    assert body["qr"]["logo"] == logo  # type: ignore[index]  # of JSON
    answer = await client.patch(
        f"{DOMAINS}/{HOST}", json={"qr": {"logo": logo + "A" * 600}}
    )
    assert await code_of(answer, 422) == "invalid-logo"


async def test_wrong_looks_are_refused(client: httpx.AsyncClient) -> None:
    """All of them at once; a logo that could do harm leaves everything as it was."""
    before = await added(client)
    path = f"{DOMAINS}/{HOST}"
    wrong = {"color": "red", "background": "blue", "margin": 17, "level": "X", "a": 1}
    answer = await client.patch(path, json={"qr": wrong})
    assert await code_of(answer, 422) == "invalid-request"
    assert {one["field"] for one in answer.json()["errors"]} == {
        f"qr.{name}" for name in wrong
    }
    script = logo_url(svg("<script/>"))
    answer = await client.patch(path, json={"qr": {"logo": script}, "root_url": None})
    assert await code_of(answer, 422) == "invalid-logo"
    assert "script" in answer.json()["detail"]
    assert answer.json()["errors"][0]["pointer"] == "/qr/logo"
    both = {"qr": {"logo": script}, "root_url": "ftp://acme.com"}
    answer = await client.patch(path, json=both)
    assert await code_of(answer, 422) == "invalid-request"
    assert [one["code"] for one in answer.json()["errors"]] == [
        "target-scheme-not-allowed",
        "invalid-logo",
    ]
    tried = await client.patch(f"{path}?dry_run=true", json={"qr": {"logo": PNG_LOGO}})
    assert tried.json()["qr"]["logo"] == PNG_LOGO
    assert (await client.get(path)).json() == before


async def test_every_change_is_in_the_audit_trail(client: httpx.AsyncClient) -> None:
    """With what it changed, from what to what."""
    await added(client, root_url="https://acme.com")
    path = f"{DOMAINS}/{HOST}"
    await client.patch(path, json={"root_url": None, "state": "disabled"})
    await client.delete(path)
    answer = await client.get("/api/v1/audit?resource=domain:go.acme.com")
    deleted, changed, made = answer.json()["data"]
    assert made["action"] == "domain.created"
    assert made["after"]["root_url"] == "https://acme.com"
    assert changed["action"] == "domain.updated"
    assert changed["before"] == {"root_url": "https://acme.com", "state": "active"}
    assert changed["after"] == {"root_url": None, "state": "disabled"}
    assert deleted["action"] == "domain.deleted"


async def test_documents_of_apps_are_merged_and_checked(
    client: httpx.AsyncClient,
) -> None:
    """What is named is replaced, null removes, and wrong ones change nothing."""
    await added(client)
    path = f"{DOMAINS}/{HOST}"
    apple: dict[str, object] = {"applinks": {"details": []}}

    async def patch(documents: object) -> httpx.Response:
        return await client.patch(path, json={"well_known": documents})

    android = [{"relation": ["delegate_permission/common.handle_all_urls"]}]
    assert (await patch({"assetlinks.json": android})).status_code == 200
    both = await patch({"apple-app-site-association": apple})
    whole = {"apple-app-site-association": apple, "assetlinks.json": android}
    assert (both.json()["well_known"], both.json()["version"]) == (whole, 3)
    wrong_ones: tuple[dict[str, object], ...] = (
        {"assetlinks.json": apple},
        {"apple-app-site-association": []},
        {"assetlinks.json": ["x" * 8_192]},
        {"security.txt": []},
    )
    for wrong in wrong_ones:
        assert await code_of(await patch(wrong), 422) == "invalid-request"
    assert (await patch({"assetlinks.json": android})).json()["version"] == 3
    removed = await patch({"assetlinks.json": None})
    assert removed.json()["well_known"] == {"apple-app-site-association": apple}
