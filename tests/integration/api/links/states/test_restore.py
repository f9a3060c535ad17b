"""Undoing the deletion of a link over HTTP."""

import httpx
import pytest

from tests.fakes import SettableClock
from tests.integration.api.conftest import AS_ADMIN, Api

LINK = "/api/v1/links/season"
RESTORE = f"{LINK}/restore"
SEVEN_DAYS = 7 * 86_400


@pytest.fixture(autouse=True)
async def link(client: httpx.AsyncClient) -> dict[str, object]:
    """A link that tests delete."""
    body = {"url": "https://example.com/", "code": "season", "title": "Season"}
    made: dict[str, object] = (await client.post("/api/v1/links", json=body)).json()
    return made


async def send(
    client: httpx.AsyncClient, method: str, path: str, **headers: str
) -> httpx.Response:
    """Send a request as one who may."""
    return await client.request(method, path, headers={**AS_ADMIN, **headers})


async def test_a_deleted_link_comes_back(
    client: httpx.AsyncClient, link: dict[str, object]
) -> None:
    """As it was, in a new version; until then it says how long that is possible."""
    deleted = (await send(client, "DELETE", LINK)).json()
    restored = await send(client, "POST", RESTORE)

    assert deleted["deleted_at"] < deleted["restorable_until"]
    assert restored.status_code == 200
    body = restored.json()
    changed = ("version", "updated_at")
    assert {name: body[name] for name in body if name not in changed} == {
        name: link[name] for name in link if name not in changed
    }
    assert (body["version"], restored.headers["ETag"]) == (4, '"4"')


async def test_a_link_that_is_there_cannot_be_restored(
    client: httpx.AsyncClient,
) -> None:
    """There is nothing to undo, and the refusal says so."""
    answer = await send(client, "POST", RESTORE)
    assert (answer.status_code, answer.json()["code"]) == (409, "not-restorable")
    assert answer.json()["detail"] == "This link is not deleted."


async def test_after_seven_days_it_is_too_late(
    api: Api, client: httpx.AsyncClient
) -> None:
    """From the moment that was said, the link stays deleted; its code stays taken."""
    clock = SettableClock()
    api.clock = clock
    transport = httpx.ASGITransport(app=api.create())
    async with httpx.AsyncClient(transport=transport, base_url="http://t") as later:
        await send(later, "DELETE", LINK)
        clock.move(SEVEN_DAYS)
        answer = await send(later, "POST", RESTORE)
        again = await later.post(
            "/api/v1/links", json={"url": "https://example.com/", "code": "season"}
        )
    assert (answer.status_code, answer.json()["code"]) == (409, "not-restorable")
    assert "2025-01-08T00:00:00Z" in answer.json()["detail"]
    assert (again.status_code, again.json()["code"]) == (409, "code-taken")


async def test_restoring_takes_a_precondition(client: httpx.AsyncClient) -> None:
    """Another version than the one that was read is left alone."""
    await send(client, "DELETE", LINK)
    answer = await send(client, "POST", RESTORE, **{"If-Match": '"2"'})
    assert (answer.status_code, answer.json()["code"]) == (412, "precondition-failed")


async def test_no_code_is_not_found(client: httpx.AsyncClient) -> None:
    """What was never made cannot be restored."""
    answer = await send(client, "POST", "/api/v1/links/never/restore")
    assert (answer.status_code, answer.json()["code"]) == (404, "link-not-found")


async def test_a_link_has_its_id_as_a_name(
    client: httpx.AsyncClient, link: dict[str, object]
) -> None:
    """Reading, changing, deleting and restoring take `id:1001`, too."""
    path = f"/api/v1/links/id:{link['id']}"
    answers = [
        await send(client, "GET", path),
        await client.patch(path, json={"title": "Two"}, headers=AS_ADMIN),
        await send(client, "DELETE", path),
        await send(client, "POST", f"{path}/restore"),
        await send(client, "GET", "/api/v1/links/id:999999"),
        await send(client, "GET", "/api/v1/links/id:x"),
    ]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 404, 404]
    assert answers[3].json()["title"] == "Two"
