"""The audit trail over HTTP: who changed what, and the history of a link."""

from collections.abc import Mapping
from typing import TypeAlias, cast

import httpx
import pytest

from tests.integration.api.access.test_scopes import bearer, key_with
from tests.integration.api.conftest import ADMIN_TOKEN, AS_ADMIN, Api
from waypost.adapters.memory.storage import MemoryStorage
from waypost.domain.access.scopes import KeyScope

Entry: TypeAlias = Mapping[str, object]


@pytest.fixture
def api() -> Api:
    """Parts of an application whose links and keys are in one store."""
    storage = MemoryStorage()
    return Api(storage=storage, keys=storage)


async def audit(client: httpx.AsyncClient, query: str = "") -> list[Entry]:
    """Return all entries that *query* asks for, page after page."""
    found: list[Entry] = []
    url = f"/api/v1/audit?limit=2&{query}"
    while True:
        answer = await client.get(url, headers=AS_ADMIN)
        assert answer.status_code == 200, answer.text
        found += answer.json()["data"]
        if answer.json()["next_cursor"] is None:
            return found
        url = answer.links["next"]["url"]


def actions(entries: list[Entry]) -> list[object]:
    """Return what the entries say was done."""
    return [entry["action"] for entry in entries]


async def test_every_change_of_a_link(api: Api, client: httpx.AsyncClient) -> None:
    """Made, changed, deleted, restored: who, from what to what; refusals have none.

    Its history is the same for those who may read links, and undoes a change.
    """
    key = await key_with(api, KeyScope.LINKS_WRITE)
    url = "https://example.com/1"
    made = await client.post("/api/shorten", json={"url": url, "custom_code": "abc"})
    await client.post("/api/shorten", json={"url": "nothing"})
    await client.post("/api/shorten", json={"url": url, "custom_code": "abc"})
    path, headers = "/api/v1/links/abc", bearer(key)
    headers["X-Request-ID"] = "request-7"
    await client.patch(path, json={"title": "Spring"}, headers=headers)
    await client.patch(path, json={"title": "Spring"}, headers=headers)
    await client.delete(path, headers=AS_ADMIN)
    await client.post(f"{path}/restore", headers=AS_ADMIN)
    of_link = f"resource=link:{made.json()['id']}"
    found = await audit(client, of_link)
    assert actions(found) == [
        "link.restored",
        "link.deleted",
        "link.updated",
        "link.created",
    ]
    updated, created = found[2:]
    assert updated["version"] == 2
    assert updated["before"] == {"title": None}
    assert updated["after"] == {"title": "Spring"}
    assert updated["request_id"] == "request-7"
    assert cast("Entry", updated["actor"])["name"] == "one"
    assert created["actor"] == {"type": "anonymous", "id": None, "name": None}
    assert created["before"] is None
    assert created["after"] == {"code": "abc", "url": url}
    history = await client.get(f"{path}/history", headers=headers)
    assert history.json()["data"] == found
    await client.patch(path, json=updated["before"], headers=headers)
    assert (await client.get(path, headers=headers)).json()["title"] is None


async def test_many_links_at_once(client: httpx.AsyncClient) -> None:
    """Each item of a bulk call has an entry; one that fails has none."""
    items: list[Entry] = [
        {"url": "https://example.com/1", "code": "one"},
        {"url": "nothing"},
        {"op": "update", "link": "one", "title": "One"},
        {"op": "delete", "link": "one"},
    ]
    answer = await client.post(
        "/api/v1/links/bulk", json={"items": items}, headers=AS_ADMIN
    )
    assert answer.json()["summary"] == {"succeeded": 3, "failed": 1}
    found = await audit(client, "actor=admin_token")
    assert sorted(map(str, actions(found))) == [
        "link.created",
        "link.deleted",
        "link.updated",
    ]


async def test_every_change_of_a_key(client: httpx.AsyncClient) -> None:
    """Made, changed, rotated, revoked; never with a secret."""
    body = {"name": "shop", "scopes": ["links:read"]}
    made = (await client.post("/api/v1/keys", json=body, headers=AS_ADMIN)).json()
    path = f"/api/v1/keys/{made['id']}"
    await client.patch(path, json={"name": "store"}, headers=AS_ADMIN)
    rotated = (await client.post(f"{path}/rotate", headers=AS_ADMIN)).json()
    await client.delete(path, headers=AS_ADMIN)
    await client.delete(path, headers=AS_ADMIN)
    found = await audit(client, f"resource=key:{made['id']}")
    assert actions(found) == [
        "key.revoked",
        "key.rotated",
        "key.updated",
        "key.created",
    ]
    assert found[1]["after"] == {"key": "changed"}
    assert found[2]["before"] == {"name": "shop"}
    text = str(found)
    assert made["key"] not in text
    assert rotated["key"] not in text
    assert ADMIN_TOKEN not in text


async def test_deletions_of_what_is_no_link(client: httpx.AsyncClient) -> None:
    """What an admin deletes besides links has an entry, too."""
    await client.delete("/api/v1/unknown-codes?to=2026-01-01", headers=AS_ADMIN)
    (found,) = await audit(client, "action=unknown_codes.deleted")
    assert cast("Entry", found["after"])["to"] == "2026-01-01"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("cursor=abc", "invalid-cursor"),
        ("action=link.create", "invalid-request"),
        ("from=2026-02-01T00:00:00Z&to=2026-01-01T00:00:00Z", "invalid-range"),
        ("from=soon", "invalid-request"),
        ("actor=%00", "invalid-request"),
        ("resource=", "invalid-request"),
        ("limit=0", "invalid-request"),
        ("actoin=link.created", "unknown-parameter"),
    ],
)
async def test_wrong_queries(client: httpx.AsyncClient, query: str, code: str) -> None:
    """A mistyped filter is refused, and does not list everything."""
    answer = await client.get(f"/api/v1/audit?{query}", headers=AS_ADMIN)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_a_cursor_belongs_to_one_list(client: httpx.AsyncClient) -> None:
    """That of another filter is refused."""
    for number in range(3):
        body = {"url": f"https://example.com/{number}"}
        await client.post("/api/shorten", json=body)
    first = await client.get("/api/v1/audit?limit=1", headers=AS_ADMIN)
    cursor = first.json()["next_cursor"]
    answer = await client.get(
        f"/api/v1/audit?action=link.created&cursor={cursor}", headers=AS_ADMIN
    )
    assert answer.json()["code"] == "invalid-cursor"


async def test_quarantine(client: httpx.AsyncClient) -> None:
    """That a link was put in quarantine, and released, is named as such."""
    body = {"url": "https://example.com/1", "custom_code": "abc"}
    await client.post("/api/shorten", json=body)
    path = "/api/v1/links/abc/quarantine"
    wanted = {"mode": "block", "reason": "phishing"}
    await client.put(path, json=wanted, headers=AS_ADMIN)
    await client.delete(path, headers=AS_ADMIN)
    found = await audit(client, "actor=admin_token")
    assert actions(found) == ["link.released", "link.quarantined"]
    after = cast("Entry", found[1]["after"])
    assert cast("Entry", after["quarantine"])["reason"] == "phishing"
