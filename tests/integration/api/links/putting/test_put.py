"""`PUT` makes a link as it shall be, however often it is sent."""

import asyncio
from itertools import product
from typing import Final

import httpx
import pytest

from tests.fakes import CHEAP_PASSWORDS
from tests.integration.api.access.test_scopes import bearer, key_with
from tests.integration.api.conftest import AS_ADMIN, BASE_URL, Api
from tests.integration.api.links.samples import DEFAULTS
from tests.integration.api.repeats.test_once import processes
from waypost.domain.access.scopes import KeyScope
from waypost.domain.titles.when import FetchTitles
from waypost.services.wanted.titles import WantedTitles

LINKS: Final = "/api/v1/links"
URL: Final = "https://example.com/"
__all__ = ["processes"]


async def put(
    client: httpx.AsyncClient,
    name: str,
    headers: dict[str, str] | None = None,
    **fields: object,
) -> httpx.Response:
    """Put a link."""
    body = {"url": URL} | fields
    return await client.put(
        f"{LINKS}/{name}", json=body, headers=AS_ADMIN | (headers or {})
    )


async def read(client: httpx.AsyncClient, name: str) -> httpx.Response:
    """Read a link."""
    return await client.get(f"{LINKS}/{name}", headers=AS_ADMIN)


async def test_it_makes_and_replaces(client: httpx.AsyncClient) -> None:
    """The code and who made it stay; what is left out has its default again."""
    made = await put(
        client,
        "ext:order-77",
        title="Spring",
        tags=["a"],
        utm={"source": "x", "medium": "y"},
        max_clicks=5,
    )
    assert made.status_code == 201
    assert made.headers["Location"] == f"{LINKS}/{made.json()['code']}"
    assert made.json()["external_id"] == "order-77"
    again = await put(client, "ext:order-77", utm={"source": "z"})
    assert again.status_code == 200
    body = again.json()
    for name in ("id", "code", "created_by", "created_at", "external_id"):
        assert body[name] == made.json()[name]
    assert body["version"] == made.json()["version"] + 1
    utm = {
        "source": "z",
        "medium": None,
        "campaign": None,
        "term": None,
        "content": None,
    }
    assert {name: body[name] for name in DEFAULTS} == DEFAULTS | {"utm": utm}
    assert (await read(client, "ext:order-77")).json() == body


async def test_the_same_again_changes_nothing(client: httpx.AsyncClient) -> None:
    """There is no new version, and no entry in the history."""
    first = await put(client, "spring26", title="Spring", external_id="a b")
    again = await put(client, "spring26", title="Spring", external_id="a b")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()
    history = await client.get(f"{LINKS}/ext:a%20b/history", headers=AS_ADMIN)
    assert [one["action"] for one in history.json()["data"]] == ["link.created"]


async def test_history_says_what_it_was(client: httpx.AsyncClient) -> None:
    """As of a change: the difference, which undoes it."""
    await put(client, "spring26", title="Spring", external_id="a")
    await put(client, "spring26", url="https://example.com/new", external_id="b")
    history = await client.get(f"{LINKS}/spring26/history", headers=AS_ADMIN)
    entry = history.json()["data"][0]
    assert entry["before"] == {"title": "Spring", "url": URL, "external_id": "a"}
    await client.patch(f"{LINKS}/ext:b", json=entry["before"], headers=AS_ADMIN)
    body = (await read(client, "ext:a")).json()
    assert (body["title"], body["url"], body["version"]) == ("Spring", URL, 4)


@pytest.mark.parametrize("name", ["spring26", "ext:order-77"])
async def test_preconditions(name: str, client: httpx.AsyncClient) -> None:
    """`If-None-Match` makes only, and `If-Match` replaces only what was read."""
    no_link = await put(client, name, {"If-Match": '"1"'})
    made = await put(client, name, {"If-None-Match": "*"})
    second = await put(client, name, {"If-None-Match": "*"}, title="x")
    old = await put(client, name, {"If-Match": '"7"'}, title="x")
    right = await put(client, name, {"If-Match": made.headers["ETag"]}, title="x")
    wrong = await put(client, name, {"If-None-Match": '"1"'})
    answers = (no_link, made, second, old, right, wrong)
    assert [one.status_code for one in answers] == [412, 201, 412, 412, 200, 422]
    assert second.json()["code"] == old.json()["code"] == "precondition-failed"


async def test_names_that_are_refused(client: httpx.AsyncClient) -> None:
    """Ids that no link has, names that no link may have, and two names at once."""
    await put(client, "spring26", external_id="a")
    await put(client, "other", external_id="b")
    for name, fields, refusal in (
        ("id:77", {}, (404, "link-not-found")),
        ("ext:", {}, (404, "link-not-found")),
        ("ext:" + "x" * 256, {}, (404, "link-not-found")),
        ("api", {}, (422, "reserved-code")),
        ("spring26", {"code": "new"}, (422, "option-conflict")),
        ("ext:a", {"code": "new"}, (422, "option-conflict")),
        ("ext:a", {"external_id": "c"}, (422, "option-conflict")),
        ("ext:new", {"external_id": "c"}, (422, "option-conflict")),
        ("ext:new", {"code": "spring26"}, (409, "code-taken")),
        ("fresh", {"external_id": "a"}, (409, "external-id-taken")),
        ("spring26", {"external_id": "b"}, (409, "external-id-taken")),
        ("fresh", {"external_id": "a/b"}, (422, "invalid-request")),
        ("fresh", {"external_id": "a\nb"}, (422, "invalid-request")),
        ("fresh", {"external_id": ""}, (422, "invalid-request")),
        ("fresh", {"reuse": True}, (422, "unknown-field")),
        ("fresh", {"url": "nothing"}, (422, "target-malformed")),
    ):
        answer = await put(client, name, **fields)
        assert (answer.status_code, answer.json()["code"]) == refusal, (name, fields)


async def test_a_deleted_link(client: httpx.AsyncClient) -> None:
    """Its code is gone permanently, and what it was called is free for another link.

    It can be restored unless another one is called so.
    """
    first = (await put(client, "ext:order-77")).json()
    await client.delete(f"{LINKS}/ext:order-77", headers=AS_ADMIN)
    assert (await read(client, "ext:order-77")).json()["state"] == "deleted"
    gone = await put(client, first["code"])
    assert (gone.status_code, gone.json()["code"]) == (410, "link-deleted")
    restored = await client.post(f"{LINKS}/ext:order-77/restore", headers=AS_ADMIN)
    assert restored.json()["external_id"] == "order-77"
    await client.delete(f"{LINKS}/ext:order-77", headers=AS_ADMIN)
    second = await put(client, "ext:order-77")
    assert second.status_code == 201
    assert second.json()["id"] != first["id"]
    assert (await read(client, "ext:order-77")).json() == second.json()
    refused = await client.post(f"{LINKS}/{first['code']}/restore", headers=AS_ADMIN)
    assert (refused.status_code, refused.json()["code"]) == (409, "external-id-taken")


async def test_links_are_made_with_external_ids(client: httpx.AsyncClient) -> None:
    """By `POST` and `PATCH` too, and lists find them."""
    body = {"url": URL, "external_id": "a"}
    first = await client.post(LINKS, json=body, headers=AS_ADMIN)
    again = await client.post(LINKS, json=body, headers=AS_ADMIN)
    assert (again.status_code, again.json()["code"]) == (409, "external-id-taken")
    listed = await client.get(LINKS, params={"external_id": "a"}, headers=AS_ADMIN)
    assert listed.json()["data"] == [first.json()]
    edit = {"external_id": None}
    changed = await client.patch(f"{LINKS}/ext:a", json=edit, headers=AS_ADMIN)
    assert changed.json()["external_id"] is None
    assert (await read(client, "ext:a")).status_code == 404
    wrong = await client.get(LINKS, params={"external_id": "a/b"}, headers=AS_ADMIN)
    assert wrong.status_code == 422


async def test_who_made_it(api: Api, client: httpx.AsyncClient) -> None:
    """The key, with its id and the name that it had; lists find what it made."""
    key = await key_with(api, KeyScope.LINKS_WRITE)
    me = (await client.get("/api/v1/me", headers=bearer(key))).json()
    made = await client.post(LINKS, json={"url": URL}, headers=bearer(key))
    by = {"type": "key", "id": me["id"], "name": "one"}
    assert made.json()["created_by"] == by
    changed = await put(client, made.json()["code"], title="x")
    assert changed.json()["created_by"] == by
    await client.post(LINKS, json={"url": URL})
    for maker, number in ((me["id"], 1), ("anonymous", 1), ("one", 0)):
        found = await client.get(LINKS, params={"created_by": maker}, headers=AS_ADMIN)
        assert len(found.json()["data"]) == number


async def test_some_fields(client: httpx.AsyncClient) -> None:
    """Of a link and of lists; the nearest name is said of one that there is not."""
    made = (await put(client, "spring26", title="x")).json()
    query = {"fields": "code, clicks"}
    wanted = {name: made[name] for name in ("code", "clicks")}
    one = await client.get(f"{LINKS}/spring26", params=query, headers=AS_ADMIN)
    assert one.json() == wanted
    assert one.headers["ETag"] == f'"{made["version"]}"'
    listed = await client.get(
        LINKS, params=query | {"include": "total"}, headers=AS_ADMIN
    )
    assert listed.json() == {
        "data": [wanted],
        "next_cursor": None,
        "total": 1,
        "total_exact": True,
    }
    for path in (LINKS, f"{LINKS}/spring26"):
        for text, said in (
            ("code,click", "clicks"),
            ("", "There are"),
            ("urls", "url"),
        ):
            answer = await client.get(path, params={"fields": text}, headers=AS_ADMIN)
            assert answer.status_code == 422
            (error,) = answer.json()["errors"]
            assert error["field"] == "fields"
            assert said in error["message"]


async def test_bulk(client: httpx.AsyncClient) -> None:
    """Items put links too, also those that the same call has made or deleted."""
    items = [
        {"op": "put", "link": "ext:a", "url": URL},
        {"op": "put", "link": "ext:a", "url": URL, "title": "x"},
        {"op": "put", "link": "spring26", "url": URL, "external_id": "b"},
        {"op": "delete", "link": "ext:b"},
        {"op": "put", "link": "ext:b", "url": URL, "code": "other"},
        {"op": "put", "link": "spring26", "url": URL},
        {"op": "put", "link": "ext:c", "url": URL, "code": "other"},
        {"op": "put", "link": "id:99", "url": URL},
        {"op": "put", "link": "ext:b", "url": URL, "version": 7},
        {"op": "update", "link": "ext:b", "title": "y"},
    ]
    answer = await client.post(f"{LINKS}/bulk", json={"items": items}, headers=AS_ADMIN)
    assert [
        (one["status"], one["error"] and one["error"]["code"])
        for one in answer.json()["results"]
    ] == [
        (201, None),
        (200, None),
        (201, None),
        (200, None),
        (201, None),
        (410, "link-deleted"),
        (409, "code-taken"),
        (404, "link-not-found"),
        (409, "link-changed"),
        (200, None),
    ]
    again = await client.post(
        f"{LINKS}/bulk", json={"items": items[:1]}, headers=AS_ADMIN
    )
    assert again.json()["results"][0]["status"] == 200
    assert again.json()["results"][0]["link"]["version"] == 3


async def test_two_at_once_make_one_link(processes: list[httpx.AsyncClient]) -> None:
    """Of two processes that put the same names, in opposite orders."""
    names = [f"ext:order-{number}" for number in range(20)]
    names += [f"code{number}" for number in range(20)]
    answers = await asyncio.gather(
        *(
            put(one, name, title=f"{name} {number}")
            for number, order in enumerate((names, names[::-1]))
            for one, name in ((processes[number], name) for name in order)
        )
    )
    statuses = sorted(answer.status_code for answer in answers)
    assert statuses == [200] * 40 + [201] * 40
    made = {answer.json()["id"] for answer in answers}
    assert len(made) == 40
    listed = await processes[0].get(
        LINKS, params={"limit": 1000, "include": "total"}, headers=AS_ADMIN
    )
    assert listed.json()["total"] == 40


async def test_the_same_password_is_no_change(
    api: Api, client: httpx.AsyncClient
) -> None:
    """However it is sent, the version stays; a dry run confirms no guess."""
    first = await put(client, "ext:a", password="swordfish")
    item = {"op": "put", "link": "ext:a", "url": URL, "password": "swordfish"}
    other = item | {"password": "other"}

    async def versions(*items: object) -> list[int]:
        answer = await client.post(
            f"{LINKS}/bulk", json={"items": items}, headers=AS_ADMIN
        )
        return [one["link"]["version"] for one in answer.json()["results"]]

    again = await put(client, "ext:a", password="swordfish")
    version = first.json()["version"]
    assert again.json()["version"] == version
    update = {"op": "update", "link": "ext:a", "password": "swordfish"}
    assert await versions(item, item, update) == [version] * 3
    patch = {"password": "swordfish"}
    same = await client.patch(f"{LINKS}/ext:a", json=patch, headers=AS_ADMIN)
    assert same.json()["version"] == version
    for method, guess in product(("PUT", "PATCH"), ("swordfish", "other")):
        dry = await client.request(
            method,
            f"{LINKS}/ext:a",
            params={"dry_run": "true"},
            json={"url": URL, "password": guess},
            headers=AS_ADMIN,
        )
        assert dry.json()["version"] == version + 1
    assert await versions(other) == [version + 1]
    code = first.json()["code"]
    link = await api.storage.links.by_code(code)
    assert link is not None
    assert link.options.password is not None
    assert await CHEAP_PASSWORDS.is_right("other", link.options.password)


@pytest.mark.parametrize("asked", [True, None])
async def test_a_fetched_title_stays(
    api: Api,
    client: httpx.AsyncClient,
    asked: bool | None,  # noqa: FBT001  # a parameter
) -> None:
    """A put that says no title fetches one; again it keeps it, until the URL is new."""
    api.titles = WantedTitles(FetchTitles.ON)
    transport = httpx.ASGITransport(api.create())
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as one:
        body = {} if asked is None else {"fetch_title": asked}
        made = await put(one, "ext:a", None, **body)
        code = made.json()["code"]
        assert await api.titles.next() == (code, URL)
        await one.patch(f"{LINKS}/{code}", json={"title": "T"}, headers=AS_ADMIN)
        again = await put(one, "ext:a", None, **body)
        assert (again.json()["title"], again.json()["version"]) == (
            "T",
            made.json()["version"] + 1,
        )
        gone = await put(one, "ext:a", fetch_title=False)
        assert gone.json()["title"] is None
        moved = await put(one, "ext:a", url=f"{URL}new", fetch_title=True)
        assert moved.json()["title"] is None
        assert await api.titles.next() == (code, f"{URL}new")


async def test_titles_are_off(client: httpx.AsyncClient) -> None:
    """Where the server fetches none, a put that asks for one is refused."""
    answer = await put(client, "ext:a", fetch_title=True)
    assert (answer.status_code, answer.json()["code"]) == (409, "feature-off")
