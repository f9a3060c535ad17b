"""Keys are made, listed, changed, rotated and revoked."""

import json
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx
import pytest
import structlog

from tests.integration.api.access.test_scopes import bearer, key_with
from tests.integration.api.conftest import ADMIN_TOKEN, AS_ADMIN, BASE_URL, Api
from waypost.api.keys.examples import KEY_ID
from waypost.domain.access.key_text import hash_of, is_key_text
from waypost.domain.access.scopes import KeyScope

KEYS: Final = "/api/v1/keys"
ME: Final = "/api/v1/me"
JsonObject = dict[str, object]


async def make(
    client: httpx.AsyncClient, headers: dict[str, str] = AS_ADMIN, **fields: object
) -> JsonObject:
    """Make a key and return the answer's body."""
    body = {"name": "shop", "scopes": ["links:write", "reports:read"]} | fields
    answer = await client.post(KEYS, json=body, headers=headers)
    assert answer.status_code == 201, answer.text
    made: JsonObject = answer.json()
    assert answer.headers["Location"] == f"{KEYS}/{made['id']}"
    return made


def secret(made: JsonObject) -> str:
    """Return the secret of a key that was made."""
    text = made["key"]
    assert isinstance(text, str)
    assert is_key_text(text)
    return text


async def status(client: httpx.AsyncClient, key: str) -> tuple[int, str | None]:
    """Return how `/me` answers to *key*: the status, and the code of a refusal."""
    answer = await client.get(ME, headers=bearer(key))
    return answer.status_code, answer.json().get("code")


async def test_a_key_is_shown_once(api: Api, client: httpx.AsyncClient) -> None:
    """The secret is in the answer that makes it, and only its hash is stored."""
    made = await make(client, name="  shop  ", expires_at="+365d")
    text = secret(made)
    read = (await client.get(f"{KEYS}/{made['id']}", headers=AS_ADMIN)).json()
    listed = (await client.get(KEYS, headers=AS_ADMIN)).json()
    assert read == made | {"key": None}
    assert listed == {"data": [read], "next_cursor": None}
    assert made["prefix"] == text[:7]
    assert (made["name"], made["state"]) == ("shop", "active")
    assert made["created_by"] == {"type": "admin_token", "id": None, "name": None}
    stored = await api.keys.keys.by_id(str(made["id"]))
    assert stored is not None
    assert stored.secret_hash == hash_of(text)
    assert text not in repr(stored)


async def test_a_key_knows_itself(client: httpx.AsyncClient) -> None:
    """`/me` answers with what the key permits, and the token's answer is alike."""
    made = await make(client, scopes=["reports:read", "links:write", "reports:read"])
    me = (await client.get(ME, headers=bearer(secret(made)))).json()
    assert me == {
        "type": "key",
        "id": made["id"],
        "name": "shop",
        "scopes": ["links:write", "reports:read"],
        "domains": [],
        "own_links": False,
        "expires_at": None,
    }
    token = (await client.get(ME, headers=AS_ADMIN)).json()
    assert (token["type"], token["scopes"]) == ("admin_token", ["admin"])


async def test_what_the_server_is(client: httpx.AsyncClient) -> None:
    """Every client may read it, before it has a key."""
    server = (await client.get("/api/v1/")).json()
    assert (server["product"], server["api"]) == ("waypost", "v1")
    assert server["features"] == {"reports": True, "public_creation": True}
    assert server["limits"] == {"body_bytes": 65536, "bulk_items": 10_000}
    datetime.fromisoformat(server["time"])


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["links:delete"]}, "scopes.0"),
        ({"expires_at": "-1h"}, "expires_at"),
        ({"expires_at": "tomorrow"}, "expires_at"),
        ({"domains": ["other.example"]}, "domains.0"),
        ({"scope": ["admin"]}, "scope"),
    ],
)
async def test_wrong_fields_are_named(
    client: httpx.AsyncClient, fields: JsonObject, field: str
) -> None:
    """Nothing is made of a body with a mistake."""
    body = {"name": "shop", "scopes": ["links:read"]} | fields
    answer = await client.post(KEYS, json=body, headers=AS_ADMIN)
    assert answer.status_code == 422
    assert field in {one["field"] for one in answer.json()["errors"]}
    assert (await client.get(KEYS, headers=AS_ADMIN)).json()["data"] == []


async def test_keys_are_listed_by_pages(client: httpx.AsyncClient) -> None:
    """Newest first; a cursor goes on with the same states, and is of no use else."""
    made = [await make(client, name=f"key {number}") for number in range(5)]
    await client.delete(f"{KEYS}/{made[3]['id']}", headers=AS_ADMIN)
    query, names, last = {"state": "active", "limit": "2"}, [], ""
    while True:
        page = (await client.get(KEYS, params=query, headers=AS_ADMIN)).json()
        names += [key["name"] for key in page["data"]]
        if page["next_cursor"] is None:
            break
        query["cursor"] = last = page["next_cursor"]
    assert set(names) == {"key 0", "key 1", "key 2", "key 4"}
    assert len(names) == 4
    both = await client.get(
        KEYS, params=[("state", "revoked"), ("state", "expired")], headers=AS_ADMIN
    )
    assert [key["name"] for key in both.json()["data"]] == ["key 3"]
    for wrong in (last, "nonsense", "é"):
        answer = await client.get(KEYS, params={"cursor": wrong}, headers=AS_ADMIN)
        assert answer.json()["code"] == "invalid-cursor", wrong
    for name, value in (("limit", "0"), ("state", "gone"), ("cursor", "é")):
        answer = await client.get(KEYS, params={name: value}, headers=AS_ADMIN)
        assert answer.status_code == 422, name
    answer = await client.get(
        KEYS, params=[("state", "active"), ("state", "gone")], headers=AS_ADMIN
    )
    assert answer.status_code == 422


async def test_a_change_acts_at_once(client: httpx.AsyncClient) -> None:
    """Fields that are left out stay; null removes the expiry."""
    made = await make(client, expires_at="+1h")
    address, key = f"{KEYS}/{made['id']}", secret(made)
    assert (await status(client, key))[0] == 200
    changed = await client.patch(
        address, json={"scopes": ["links:read"]}, headers=AS_ADMIN
    )
    assert changed.json() == made | {"key": None, "scopes": ["links:read"]} | {
        "last_used_at": changed.json()["last_used_at"]
    }
    refused = await client.patch("/api/v1/links/none", json={}, headers=bearer(key))
    assert refused.json()["required_scope"] == "links:write"
    again = await client.patch(
        address,
        json={"name": "new", "expires_at": None, "domains": ["go.example.com"]},
        headers=AS_ADMIN,
    )
    assert again.json()["name"] == "new"
    assert again.json()["expires_at"] is None
    assert again.json()["domains"] == ["go.example.com"]


async def test_a_revoked_key_is_refused_at_once(client: httpx.AsyncClient) -> None:
    """The refusal says when; revoking again does nothing, and nothing revives it."""
    made = await make(client)
    address, key = f"{KEYS}/{made['id']}", secret(made)
    assert (await status(client, key))[0] == 200
    for _ in range(2):
        revoked = await client.delete(address, headers=AS_ADMIN)
        assert (revoked.status_code, revoked.content) == (204, b"")
    assert await status(client, key) == (401, "key-inactive")
    read = (await client.get(address, headers=AS_ADMIN)).json()
    assert read["state"] == "revoked"
    refusal = (await client.get(ME, headers=bearer(key))).json()["detail"]
    assert read["revoked_at"] in refusal
    for method, path in (("PATCH", address), ("POST", f"{address}/rotate")):
        answer = await client.request(method, path, json={}, headers=AS_ADMIN)
        assert (answer.status_code, answer.json()["code"]) == (409, "key-revoked")


async def test_rotation_with_and_without_overlap(client: httpx.AsyncClient) -> None:
    """The old secret is refused at once, or accepted until the overlap is over."""
    made = await make(client)
    address = f"{KEYS}/{made['id']}/rotate"
    at_once = (await client.post(address, headers=AS_ADMIN)).json()
    assert await status(client, secret(made)) == (401, "not-authenticated")
    overlapping = (
        await client.post(address, json={"overlap": "+24h"}, headers=AS_ADMIN)
    ).json()
    for one in (at_once, overlapping):
        assert (await status(client, secret(one)))[0] == 200
        assert one["id"] == made["id"]
    until = datetime.fromisoformat(overlapping["previous_until"])
    assert timedelta(hours=23) < until - datetime.now(UTC) < timedelta(hours=25)
    third = (
        await client.post(address, json={"overlap": "+1h"}, headers=AS_ADMIN)
    ).json()
    assert await status(client, secret(at_once)) == (401, "not-authenticated")
    for one in (overlapping, third):
        assert (await status(client, secret(one)))[0] == 200
    for overlap in ("+31d", "-1h", "soon"):
        wrong = await client.post(address, json={"overlap": overlap}, headers=AS_ADMIN)
        assert wrong.status_code == 422, overlap
    await client.delete(f"{KEYS}/{made['id']}", headers=AS_ADMIN)
    for one in (overlapping, third):
        assert (await status(client, secret(one)))[0] == 401


async def test_the_last_admin_stays() -> None:
    """The last key that permits everything cannot be revoked or reduced."""
    api = Api(admin_token="")
    transport = httpx.ASGITransport(api.create())
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        first = bearer(await key_with(api, KeyScope.ADMIN))
        own_id = (await client.get(ME, headers=first)).json()["id"]
        own = f"{KEYS}/{own_id}"
        # Bound to a domain: it does not permit everything.
        await make(client, first, scopes=["admin"], domains=["go.example.com"])
        for method, fields in (("DELETE", None), ("PATCH", {"scopes": ["links:read"]})):
            answer = await client.request(method, own, json=fields, headers=first)
            assert (answer.status_code, answer.json()["code"]) == (409, "last-admin")
        second = bearer(secret(await make(client, first, scopes=["admin"])))
        assert (await client.delete(own, headers=second)).status_code == 204
        assert (await client.get(ME, headers=first)).status_code == 401


async def test_the_token_is_an_admin_too(client: httpx.AsyncClient) -> None:
    """Where there is an `ADMIN_TOKEN`, the last admin's key may be revoked."""
    made = await make(client, scopes=["admin"])
    answer = await client.delete(f"{KEYS}/{made['id']}", headers=AS_ADMIN)
    assert answer.status_code == 204


async def test_a_key_gives_no_more_than_it_has(
    api: Api, client: httpx.AsyncClient
) -> None:
    """An admin of one domain makes and touches no key of all domains."""
    bound = bearer(await key_with(api, KeyScope.ADMIN, domains=("go.example.com",)))
    every = await make(client)
    own = await make(client, bound, domains=["go.example.com"])
    attempts = [
        ("POST", KEYS, {"name": "x", "scopes": ["links:read"]}),
        ("PATCH", f"{KEYS}/{own['id']}", {"domains": []}),
        ("PATCH", f"{KEYS}/{every['id']}", {"domains": ["go.example.com"]}),
        ("POST", f"{KEYS}/{every['id']}/rotate", {}),
        ("DELETE", f"{KEYS}/{every['id']}", None),
    ]
    for method, path, body in attempts:
        answer = await client.request(method, path, json=body, headers=bound)
        assert (answer.status_code, answer.json()["code"]) == (403, "scope-exceeds-own")
    assert own["created_by"] == {
        "type": "key",
        "id": (await client.get(ME, headers=bound)).json()["id"],
        "name": "one",
    }


@pytest.mark.parametrize("key_id", [KEY_ID, "unknown", "%00", "%ff", "a" * 2000])
async def test_no_such_key(client: httpx.AsyncClient, key_id: str) -> None:
    """Every text that is not the id of a key is answered 404."""
    address = f"{KEYS}/{key_id}"
    for method, path in (
        ("GET", address),
        ("PATCH", address),
        ("DELETE", address),
        ("POST", f"{address}/rotate"),
    ):
        answer = await client.request(method, path, json={}, headers=AS_ADMIN)
        assert (answer.status_code, answer.json()["code"]) == (404, "key-not-found")


async def test_no_key_in_any_log(
    api: Api, client: httpx.AsyncClient, logs: list[structlog.typing.EventDict]
) -> None:
    """Neither logs nor refusals repeat a secret that was sent, made or stored."""
    made = await make(client)
    rotated = (
        await client.post(f"{KEYS}/{made['id']}/rotate", headers=AS_ADMIN)
    ).json()
    secrets = [secret(made), secret(rotated), ADMIN_TOKEN, "wp_mistyped"]
    refused = []
    for text in secrets:
        for headers in (bearer(text), {"X-API-Key": text}):
            for path in (ME, KEYS, f"{KEYS}/{text}", f"/api/v1/links/{text}"):
                answer = await client.get(path, headers=headers)
                refused += [answer.text] if answer.status_code >= 400 else []
    await client.delete(f"{KEYS}/{made['id']}", headers=AS_ADMIN)
    refused.append((await client.get(ME, headers=bearer(secrets[1]))).text)
    written = json.dumps(logs, default=str) + "".join(refused)
    assert {event["event"] for event in logs} >= {
        "key.created",
        "key.changed",
        "key.revoked",
        "http.request",
    }
    for text in secrets:
        assert text not in written
        assert hash_of(text) not in written


async def test_the_last_use_is_shown(api: Api, client: httpx.AsyncClient) -> None:
    """Once it was written down, in whole seconds."""
    made = await make(client)
    await status(client, secret(made))
    await api.uses.write()
    read = await client.get(f"{KEYS}/{made['id']}", headers=AS_ADMIN)
    used_at = datetime.fromisoformat(read.json()["last_used_at"])
    assert used_at.microsecond == 0
    assert used_at >= datetime.fromisoformat(str(made["created_at"]))
