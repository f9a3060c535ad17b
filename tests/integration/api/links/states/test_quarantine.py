"""Links are put in quarantine and released over HTTP, by admins only."""

import httpx
import pytest

from tests.integration.api.conftest import AS_ADMIN, Api

LINKS = "/api/v1/links"
BLOCK = {"mode": "block", "reason": "phishing", "note": "Case 4711"}


async def make(client: httpx.AsyncClient, **body: object) -> str:
    """Return the address of a new link."""
    link = {"url": "https://example.com/spring", **body}
    code = (await client.post(LINKS, json=link)).json()["code"]
    return f"{LINKS}/{code}"


async def test_in_and_out(api: Api, client: httpx.AsyncClient) -> None:
    """The link keeps all else, has new versions, and every cache learns of them."""
    path = await make(client, title="Spring", disabled=True)
    before = (await client.get(path, headers=AS_ADMIN)).json()
    url = f"{path}/quarantine"
    put = await client.put(url, json=BLOCK, headers=AS_ADMIN)
    link = put.json()
    assert put.headers["ETag"] == '"3"'
    assert link["quarantine"].pop("since").endswith("Z")
    assert link["quarantine"] == BLOCK
    assert link["state"] == "quarantined"
    changed = {"quarantine", "state", "version", "updated_at"}
    assert {k: v for k, v in link.items() if k not in changed} == {
        k: v for k, v in before.items() if k not in changed
    }
    again = await client.put(url, json=BLOCK, headers=AS_ADMIN)
    assert again.json()["version"] == 3
    out = await client.delete(url, headers=AS_ADMIN)
    assert (out.json()["state"], out.json()["quarantine"]) == ("disabled", None)
    assert (await client.delete(url, headers=AS_ADMIN)).json()["version"] == 4
    assert [version for _, version in api.changed][-2:] == [3, 4]


async def test_editors_cannot_undo_it(client: httpx.AsyncClient) -> None:
    """Edits, deletion and restoring leave it as it is."""
    path = await make(client)
    await client.put(f"{path}/quarantine", json=BLOCK, headers=AS_ADMIN)
    refused = await client.patch(path, json={"quarantine": None}, headers=AS_ADMIN)
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown-field")
    edit = {"url": "https://example.org/", "disabled": False}
    edited = await client.patch(path, json=edit, headers=AS_ADMIN)
    assert edited.json()["state"] == "quarantined"
    deleted = await client.delete(path, headers=AS_ADMIN)
    assert deleted.json()["state"] == "deleted"
    gone = await client.put(f"{path}/quarantine", json=BLOCK, headers=AS_ADMIN)
    assert (gone.status_code, gone.json()["code"]) == (410, "link-deleted")
    restored = await client.post(f"{path}/restore", headers=AS_ADMIN)
    assert restored.json()["state"] == "quarantined"


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"mode": "block"},
        {"mode": "hide", "reason": "spam"},
        {"mode": "block", "reason": "blocklist"},
        {"mode": "block", "reason": "spam", "note": "x" * 1_001},
        {"mode": "block", "reason": "spam", "more": 1},
    ],
)
async def test_wrong_bodies(client: httpx.AsyncClient, body: object) -> None:
    """They are refused, and the link stays as it is."""
    path = await make(client)
    answer = await client.put(f"{path}/quarantine", json=body, headers=AS_ADMIN)
    assert answer.status_code == 422
    assert (await client.get(path, headers=AS_ADMIN)).json()["state"] == "active"


async def test_a_note_that_cannot_be_shown(client: httpx.AsyncClient) -> None:
    """Neither a line break nor a change of direction."""
    path = await make(client)
    for note in ("a\nb", "\u202e"):
        body = {**BLOCK, "note": note}
        answer = await client.put(f"{path}/quarantine", json=body, headers=AS_ADMIN)
        assert (answer.status_code, answer.json()["code"]) == (422, "option-conflict")


async def test_conditions(client: httpx.AsyncClient) -> None:
    """With `If-Match`, only the version that was read."""
    path = await make(client)
    old = {**AS_ADMIN, "If-Match": '"7"'}
    for answer in (
        await client.put(f"{path}/quarantine", json=BLOCK, headers=old),
        await client.delete(f"{path}/quarantine", headers=old),
    ):
        assert answer.status_code == 412


async def test_lists(client: httpx.AsyncClient) -> None:
    """They are found by their state, and in no other."""
    path = await make(client)
    await make(client)
    await client.put(f"{path}/quarantine", json=BLOCK, headers=AS_ADMIN)

    async def codes(query: str) -> set[str]:
        found = await client.get(f"{LINKS}?{query}", headers=AS_ADMIN)
        return {f"{LINKS}/{link['code']}" for link in found.json()["data"]}

    assert await codes("state=quarantined") == {path}
    assert path not in await codes("state=active")
    assert path in await codes("")


async def test_reuse(client: httpx.AsyncClient) -> None:
    """A link in quarantine is not given to the next who shortens its URL."""
    path = await make(client)
    await client.put(f"{path}/quarantine", json=BLOCK, headers=AS_ADMIN)
    body = {"url": "https://example.com/spring", "reuse": True}
    answer = await client.post(LINKS, json=body, headers=AS_ADMIN)
    assert answer.status_code == 201
