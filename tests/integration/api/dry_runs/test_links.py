"""What dry runs of calls about links say."""

from typing import Final

import httpx
import pytest

from tests.integration.api.conftest import AS_ADMIN, Api

LINKS: Final = "/api/v1/links"
URL: Final = "https://example.com/"


async def ask(
    client: httpx.AsyncClient,
    method: str,
    path: str,
    *,
    dry_run: str = "true",
    headers: dict[str, str] | None = None,
    **more: object,
) -> httpx.Response:
    """Send a dry run."""
    return await client.request(
        method,
        path,
        params={"dry_run": dry_run},
        headers=AS_ADMIN | (headers or {}),
        **more,  # type: ignore[arg-type]  # of the client
    )


async def state_of(api: Api) -> list[object]:
    """Return what is stored: links, entries of the trail, and events."""
    links = await api.storage.links.newest(limit=100)
    async with api.storage.transaction() as transaction:
        events = await transaction.outbox.take(reader="caches", limit=100)
        kept = await transaction.answers.forget(before=api.clock.now(), limit=100)
    return [links, len(events), kept]


async def test_a_link_that_would_be_made(api: Api, client: httpx.AsyncClient) -> None:
    """The answer has what was checked, and null for what would be made."""
    before = await state_of(api)
    body = {"url": "https://EXAMPLE.com", "title": "x", "external_id": "a"}
    named = {"Idempotency-Key": "a"}
    answer = await ask(client, "POST", LINKS, json=body, headers=named)
    assert answer.status_code == 200
    assert answer.headers["Dry-Run"] == "true"
    assert not {"Location", "ETag"} & set(answer.headers)
    long = {"Idempotency-Key": "a" * 256}
    assert (
        await ask(client, "POST", LINKS, json=body, headers=long)
    ).status_code == 422
    link = answer.json()
    for name in ("id", "code", "short_url", "created_at", "updated_at"):
        assert link[name] is None
    assert (link["url"], link["title"]) == ("https://EXAMPLE.com", "x")
    chosen = await ask(client, "POST", LINKS, json={"url": URL, "code": "spring26"})
    assert chosen.json()["short_url"] == "https://go.example.com/spring26"
    short = await ask(client, "POST", "/api/shorten", json={"url": URL})
    assert (short.status_code, short.json()["short_code"]) == (200, None)
    assert short.json()["original_url"] == URL
    put = await ask(client, "PUT", f"{LINKS}/ext:b", json={"url": URL})
    assert (put.status_code, put.json()["code"]) == (200, None)
    assert await state_of(api) == before


async def test_what_would_be_refused(client: httpx.AsyncClient) -> None:
    """Each refusal is that of the request itself."""
    body = {"url": URL, "code": "taken", "external_id": "a"}
    await client.post(LINKS, json=body, headers=AS_ADMIN)
    for method, path, sent, refusal in (
        ("POST", "", {"url": URL, "code": "taken"}, (409, "code-taken")),
        ("POST", "", {"url": URL, "external_id": "a"}, (409, "external-id-taken")),
        ("POST", "", {"url": "nothing"}, (422, "target-malformed")),
        ("POST", "", {"urls": URL}, (422, "unknown-field")),
        ("PATCH", "/none", {"title": "x"}, (404, "link-not-found")),
        ("PATCH", "/taken", {"title": "x", "version": 7}, (409, "link-changed")),
        ("POST", "/taken/restore", None, (409, "not-restorable")),
    ):
        answer = await ask(client, method, LINKS + path, json=sent)
        assert (answer.status_code, answer.json()["code"]) == refusal
        assert answer.headers["Dry-Run"] == "true"


async def test_a_link_that_would_change(api: Api, client: httpx.AsyncClient) -> None:
    """It is shown as it would be, in its next version."""
    made = await client.post(LINKS, json={"url": URL, "code": "a"}, headers=AS_ADMIN)
    await client.post(LINKS, json={"url": URL, "code": "b"}, headers=AS_ADMIN)
    await client.delete(f"{LINKS}/b", headers=AS_ADMIN)
    before = await state_of(api)
    changed = await ask(client, "PATCH", f"{LINKS}/a", json={"title": "x"})
    assert changed.json() == made.json() | {
        "title": "x",
        "version": 2,
        "updated_at": None,
    }
    put = await ask(client, "PUT", f"{LINKS}/a", json={"url": URL, "notes": "x"})
    assert (put.json()["notes"], put.json()["version"]) == ("x", 2)
    deleted = await ask(client, "DELETE", f"{LINKS}/a")
    assert (deleted.json()["state"], deleted.json()["deleted_at"]) == ("deleted", None)
    restored = await ask(client, "POST", f"{LINKS}/b/restore")
    assert restored.json()["state"] == "active"
    body = {"mode": "block", "reason": "spam"}
    stopped = await ask(client, "PUT", f"{LINKS}/a/quarantine", json=body)
    assert stopped.json()["state"] == "quarantined"
    for answer in (changed, put, deleted, restored, stopped):
        assert answer.status_code == 200
        assert answer.headers["Dry-Run"] == "true"
    assert await state_of(api) == before


@pytest.mark.parametrize("value", ["", "yes", "1", "True"])
async def test_other_values_are_refused(
    value: str, api: Api, client: httpx.AsyncClient
) -> None:
    """So that no mistyped one makes a link."""
    answer = await ask(client, "POST", LINKS, dry_run=value, json={"url": URL})
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
    assert not await api.storage.links.newest(limit=1)


async def test_false_is_no_dry_run(client: httpx.AsyncClient) -> None:
    """The link is made."""
    answer = await ask(client, "POST", LINKS, dry_run="false", json={"url": URL})
    assert answer.status_code == 201
    assert "Dry-Run" not in answer.headers
