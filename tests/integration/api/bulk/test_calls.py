"""A list of items in one call."""

from collections.abc import Sequence
from typing import Any, Final

import httpx
import pytest

from tests.integration.api.access.test_scopes import bearer, key_with
from tests.integration.api.conftest import AS_ADMIN, BASE_URL, Api
from waypost.domain.access.scopes import KeyScope

PATH: Final = "/api/v1/links/bulk"


@pytest.fixture
def api() -> Api:
    """Parts of an application whose clients may take their time."""
    return Api(request_timeout_seconds=30)


async def call(
    client: httpx.AsyncClient, *items: object, **fields: object
) -> httpx.Response:
    """Send *items* as one who may do everything."""
    body = {"items": items, **fields}
    return await client.post(PATH, json=body, headers=AS_ADMIN)


def states(answer: httpx.Response) -> Sequence[tuple[int, str | None]]:
    """Return the status and the code of the refusal of each result."""
    results: list[dict[str, Any]] = answer.json()["results"]  # type: ignore[explicit-any]  # JSON
    return [(one["status"], one["error"] and one["error"]["code"]) for one in results]


async def test_items_are_done_in_order(client: httpx.AsyncClient) -> None:
    """Each sees what the ones before it have done."""
    answer = await call(
        client,
        {"url": "https://example.com/a", "tags": ["batch"], "ref": "row-1"},
        {"url": "https://example.com/b", "code": "spring26"},
        {"op": "update", "link": "spring26", "title": "Spring", "version": 1},
        {"op": "update", "link": "spring26", "add_tags": ["batch"]},
        {"op": "delete", "link": "spring26", "version": 3},
        {"op": "update", "link": "spring26", "title": "Late"},
        {"op": "restore", "link": "spring26"},
    )
    assert answer.status_code == 200
    assert states(answer) == [
        (201, None),
        (201, None),
        (200, None),
        (200, None),
        (200, None),
        (410, "link-deleted"),
        (200, None),
    ]
    body = answer.json()
    assert body["summary"] == {"succeeded": 6, "failed": 1}
    first, second = body["results"][:2]
    assert (first["index"], first["ref"], first["op"]) == (0, "row-1", "create")
    assert first["link"]["short_url"] == f"{BASE_URL}/{first['link']['code']}"
    assert second["link"]["version"] == 1
    link = (await client.get("/api/v1/links/spring26", headers=AS_ADMIN)).json()
    assert (link["title"], link["tags"], link["version"]) == ("Spring", ["batch"], 5)


async def test_items_are_named_by_id_as_well(client: httpx.AsyncClient) -> None:
    """As everywhere."""
    made = (await call(client, {"url": "https://example.com/"})).json()["results"][0]
    name = f"id:{made['link']['id']}"
    answer = await call(client, {"op": "delete", "link": name})
    assert answer.json()["results"][0]["link"]["code"] == made["link"]["code"]
    missing = await call(
        client,
        {"op": "delete", "link": "id:999999"},
        {"op": "delete", "link": "nothing"},
        {"op": "delete", "link": "not/a code"},
    )
    assert states(missing) == [(404, "link-not-found")] * 3


@pytest.mark.parametrize(
    ("item", "status", "code"),
    [
        ({}, 422, "invalid-request"),
        ([], 422, "invalid-request"),
        ("text", 422, "invalid-request"),
        ({"op": "buy"}, 422, "invalid-request"),
        ({"op": 7}, 422, "invalid-request"),
        ({"op": "delete"}, 422, "invalid-request"),
        ({"url": "https://example.com", "ref": 7}, 422, "invalid-request"),
        ({"url": "https://example.com", "tagss": []}, 422, "unknown-field"),
        ({"url": "ftp://example.com"}, 422, "target-scheme-not-allowed"),
        ({"url": "https://example.com", "code": "a b"}, 422, "invalid-code"),
        ({"url": "https://example.com", "code": "bulk"}, 422, "reserved-code"),
        ({"url": "https://example.com", "code": "taken"}, 409, "code-taken"),
        ({"op": "restore", "link": "taken"}, 409, "not-restorable"),
        ({"op": "delete", "link": "taken", "version": 7}, 409, "link-changed"),
        (
            {
                "url": "https://example.com",
                "valid_since": "+2h",
                "valid_until": "+1h",
            },
            422,
            "option-conflict",
        ),
    ],
)
async def test_a_wrong_item_leaves_the_others_alone(
    client: httpx.AsyncClient, item: object, status: int, code: str
) -> None:
    """It is refused as the request about one link is."""
    await call(client, {"url": "https://example.com/", "code": "taken"})
    answer = await call(
        client, {"url": "https://example.com/1"}, item, {"url": "https://example.com/2"}
    )
    assert answer.status_code == 200
    assert states(answer) == [(201, None), (status, code), (201, None)]


@pytest.mark.parametrize("is_atomic", [False, True])
async def test_a_link_of_another_version_is_shown(
    client: httpx.AsyncClient, *, is_atomic: bool
) -> None:
    """As it is now, with each item that names an old one; a repeat does not show it."""
    await call(client, {"url": "https://example.com/", "code": "taken"})
    change = {"op": "update", "link": "taken", "title": "new"}
    await call(client, change)
    old = {"link": "taken", "version": 1}
    items = (
        {"op": "update", "title": "mine", **old},
        {"op": "put", "url": "https://example.com/2", **old},
        {"op": "delete", **old},
    )
    body, named = {"atomic": is_atomic, "items": items}, {"Idempotency-Key": "a"}
    first, again = [
        await client.post(PATH, json=body, headers=AS_ADMIN | named) for _ in range(2)
    ]
    stored = (await client.get("/api/v1/links/taken", headers=AS_ADMIN)).json()
    assert stored["title"] == "new"
    for result in first.json()["results"]:
        assert result["error"]["code"] == "link-changed"
        assert result["error"]["current"] == stored
    if not is_atomic:
        assert "current" not in again.json()["results"][0]["error"]


async def test_a_wrong_field_is_named(client: httpx.AsyncClient) -> None:
    """With the name that was meant."""
    answer = await call(client, {"url": "https://example.com", "titel": "a"})
    said = "There is no such field. Did you mean title?"
    assert answer.json()["results"][0]["error"]["errors"] == [
        {
            "field": "titel",
            "message": said,
            "code": "unknown-field",
            "pointer": "/titel",
            "parameter": None,
            "detail": said,
        }
    ]


async def test_a_code_is_given_once(client: httpx.AsyncClient) -> None:
    """To the first of one call."""
    same = {"url": "https://example.com/", "code": "same"}
    answer = await call(client, same, same, {**same, "url": "https://example.com/2"})
    assert states(answer) == [(201, None), (409, "code-taken"), (409, "code-taken")]


async def test_a_link_that_there_is_is_reused(client: httpx.AsyncClient) -> None:
    """Also one of the same call."""
    url = {"url": "https://example.com/again", "reuse": True}
    answer = await call(client, url, url, {**url, "title": "Other"})
    assert states(answer) == [(201, None), (200, None), (201, None)]
    codes = [one["link"]["code"] for one in answer.json()["results"]]
    assert codes[0] == codes[1]
    assert states(await call(client, url)) == [(200, None)]


async def test_atomic_is_all(client: httpx.AsyncClient) -> None:
    """Where every item can be done, they are."""
    answer = await call(
        client,
        {"url": "https://example.com/", "code": "first"},
        {"op": "update", "link": "first", "title": "First"},
        atomic=True,
    )
    assert answer.status_code == 200
    assert states(answer) == [(201, None), (200, None)]


@pytest.mark.parametrize(
    ("wrong", "refusal"),
    [
        ({"url": ""}, (422, "target-missing")),
        ({"url": "https://example.com", "code": "first"}, (409, "code-taken")),
        ({"op": "delete", "link": "nothing"}, (404, "link-not-found")),
    ],
)
async def test_atomic_is_none(
    api: Api, client: httpx.AsyncClient, wrong: object, refusal: tuple[int, str]
) -> None:
    """Where one item fails, nothing is done, and the results say which."""
    answer = await call(
        client, {"url": "https://example.com/", "code": "first"}, wrong, atomic=True
    )
    assert answer.status_code == 422
    assert answer.json()["code"] == "bulk-rejected"
    assert states(answer) == [(422, "bulk-rejected"), refusal]
    assert await api.storage.links.newest(limit=10) == []
    assert api.forgotten == []


async def test_too_many_items_are_refused(client: httpx.AsyncClient) -> None:
    """10,000 are not too many."""
    answer = await call(client, *[{}] * 10_001)
    assert (answer.status_code, answer.json()["code"]) == (413, "too-many-items")
    assert (await call(client, *[{}] * 10_000)).json()["summary"]["failed"] == 10_000


async def test_a_large_body_is_taken_here_only(client: httpx.AsyncClient) -> None:
    """Up to 16 MiB, where other routes take 64 KiB."""
    long = "x" * 5_000
    items = [{"url": "https://example.com/", "notes": long}] * 100
    assert (await call(client, *items)).json()["summary"]["succeeded"] == 100
    body = {"url": "https://example.com/" + "x" * 70_000}
    refused = await client.post("/api/v1/links", json=body, headers=AS_ADMIN)
    assert "64 KiB" in refused.json()["detail"]
    refused = await client.post(
        PATH,
        content=b"x" * (16 * 1024 * 1024 + 1),
        headers={**AS_ADMIN, "Content-Type": "application/json"},
    )
    assert (refused.status_code, refused.json()["code"]) == (413, "body-too-large")
    assert "16,384 KiB" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("content", "content_type", "status", "code"),
    [
        (b"", "application/json", 400, "malformed-json"),
        (b"{", "application/json", 400, "malformed-json"),
        (b"\xff", "application/json", 400, "malformed-json"),
        (b"[]", "application/json", 422, "invalid-request"),
        (b"{}", "application/json", 422, "invalid-request"),
        (b'{"items": {}}', "application/json", 422, "invalid-request"),
        (b'{"items": [], "atomic": 1}', "application/json", 422, "invalid-request"),
        (b'{"items": [], "atomc": true}', "application/json", 422, "invalid-request"),
        (b'{"items": []}', "text/csv", 415, "unsupported-media-type"),
        (b'{"items": []}', "", 415, "unsupported-media-type"),
    ],
)
async def test_a_wrong_call_is_refused(
    client: httpx.AsyncClient, content: bytes, content_type: str, status: int, code: str
) -> None:
    """As a whole."""
    headers = {**AS_ADMIN, **({"Content-Type": content_type} if content_type else {})}
    answer = await client.post(PATH, content=content, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_each_item_needs_its_scope(api: Api, client: httpx.AsyncClient) -> None:
    """A key that may make links only makes some, and changes none."""
    key = bearer(await key_with(api, KeyScope.LINKS_CREATE))
    items = [
        {"url": "https://example.com/", "code": "mine"},
        {"op": "delete", "link": "mine"},
        {"url": "https://example.com/", "reuse": True},
    ]
    answer = await client.post(PATH, json={"items": items}, headers=key)
    assert states(answer) == [
        (201, None),
        (403, "scope-missing"),
        (403, "scope-missing"),
    ]
    other = bearer(await key_with(api, KeyScope.REPORTS_READ))
    answer = await client.post(PATH, json={"items": items}, headers=other)
    assert states(answer) == [(403, "scope-missing")] * 3
    bound = bearer(await key_with(api, KeyScope.ADMIN, domains=("other.example",)))
    answer = await client.post(PATH, json={"items": items}, headers=bound)
    assert states(answer) == [
        (403, "domain-not-allowed"),
        (404, "link-not-found"),
        (403, "domain-not-allowed"),
    ]
    assert (await client.post(PATH, json={"items": items})).status_code == 401


async def test_caches_get_what_was_done(api: Api, client: httpx.AsyncClient) -> None:
    """This process forgets that codes were unused, and others get changes."""
    answer = await call(
        client,
        {"url": "https://example.com/"},
        {"url": "https://example.com/", "code": "mine"},
        {"op": "delete", "link": "mine"},
    )
    codes = [one["link"]["code"] for one in answer.json()["results"]]
    assert api.forgotten == codes[:2]
    assert api.changed == [("mine", 1), ("mine", 2)]
