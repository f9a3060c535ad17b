"""Tags over HTTP: listed, read, described, renamed, joined and deleted."""

import httpx
import pytest

from tests.integration.api.conftest import AS_ADMIN

TAGS = "/api/v1/tags"
LINKS = "/api/v1/links"


async def make(client: httpx.AsyncClient, code: str, *tags: str) -> None:
    """Make a link with tags."""
    body = {"url": f"https://example.com/{code}", "code": code, "tags": tags}
    assert (await client.post(LINKS, json=body)).status_code == 201


async def ask(
    client: httpx.AsyncClient, method: str, path: str, **body: object
) -> httpx.Response:
    """Ask as one who may."""
    return await client.request(
        method, TAGS + path, headers=AS_ADMIN, json=body or None
    )


async def test_tags_come_with_links(client: httpx.AsyncClient) -> None:
    """They are listed with their links and found by any case."""
    await make(client, "a", "Spring", "print")
    await make(client, "b", "print")
    listed = (await ask(client, "GET", "?sort=-links")).json()
    assert [(tag["name"], tag["links"]) for tag in listed["data"]] == [
        ("print", 2),
        ("Spring", 1),
    ]
    one = (await ask(client, "GET", "/SPRING")).json()
    assert one == {
        "name": "Spring",
        "color": None,
        "description": None,
        "links": 1,
        "clicks": {"all": 0, "people": None, "machines": None},
        "created_at": None,
    }


async def test_a_list_has_pages(client: httpx.AsyncClient) -> None:
    """A cursor goes on, and belongs to one list."""
    await make(client, "a", "x1", "x2", "x3", "y")
    first = (await ask(client, "GET", "?q=X&limit=2")).json()
    rest = await ask(client, "GET", f"?q=x&limit=2&cursor={first['next_cursor']}")
    assert [tag["name"] for tag in first["data"] + rest.json()["data"]] == [
        "x1",
        "x2",
        "x3",
    ]
    assert rest.json()["next_cursor"] is None
    for wrong in (f"?cursor={first['next_cursor']}", "?cursor=é", "?cursor=eA"):
        refused = await ask(client, "GET", wrong)
        assert (refused.status_code, refused.json()["code"]) == (422, "invalid-cursor")


async def test_something_is_said_of_a_tag(client: httpx.AsyncClient) -> None:
    """A tag that no link has is made; what is left out is not said any more."""
    made = await ask(client, "PUT", "/a%20b", color="#ABCDEF", description="Nice")
    assert (made.status_code, made.json()["color"]) == (201, "#abcdef")
    again = await ask(client, "PUT", "/A%20B", description="Nicer")
    assert (again.status_code, again.json()["color"]) == (200, None)
    changed = await ask(client, "PATCH", "/a%20b", color="#000000")
    assert changed.json()["description"] == "Nicer"
    assert changed.json()["name"] == "a b"


async def test_a_tag_is_renamed(client: httpx.AsyncClient) -> None:
    """Its links have the new name with the answer, and are found by it."""
    await make(client, "a", "old", "x")
    renamed = await ask(client, "PATCH", "/OLD", name="new")
    assert (renamed.json()["name"], renamed.json()["links"]) == ("new", 1)
    link = (await client.get(f"{LINKS}/a", headers=AS_ADMIN)).json()
    assert (link["tags"], link["version"]) == (["new", "x"], 3)
    found = await client.get(f"{LINKS}?tag=new", headers=AS_ADMIN)
    assert [one["code"] for one in found.json()["data"]] == ["a"]
    assert (await ask(client, "GET", "/old")).json()["code"] == "tag-not-found"


async def test_a_taken_name_needs_a_merge(client: httpx.AsyncClient) -> None:
    """Without one the request is refused, and nothing changes."""
    await make(client, "a", "one", "two")
    refused = await ask(client, "PATCH", "/one", name="Two")
    assert (refused.status_code, refused.json()["code"]) == (409, "tag-exists")
    joined = await ask(client, "PATCH", "/one?merge=true", name="Two")
    assert (joined.json()["name"], joined.json()["links"]) == ("two", 1)


async def test_a_tag_is_deleted(client: httpx.AsyncClient) -> None:
    """Links keep all else."""
    await make(client, "a", "x", "y")
    gone = await ask(client, "DELETE", "/X")
    assert (gone.status_code, gone.content) == (204, b"")
    assert (await ask(client, "DELETE", "/x")).status_code == 404
    link = (await client.get(f"{LINKS}/a", headers=AS_ADMIN)).json()
    assert link["tags"] == ["y"]


@pytest.mark.parametrize(
    ("method", "path", "body", "code"),
    [
        ("GET", "/none", {}, "tag-not-found"),
        ("GET", "/a%00b", {}, "tag-not-found"),
        ("GET", "/a,b", {}, "tag-not-found"),
        ("PATCH", "/none", {"name": "x"}, "tag-not-found"),
        ("PATCH", "/a", {"name": "a/b"}, "invalid-request"),
        ("PATCH", "/a?marge=true", {"name": "b"}, "unknown-parameter"),
        ("PUT", "/a,b", {"color": None}, "invalid-request"),
        ("PUT", "/a", {"color": "red"}, "invalid-request"),
        ("PUT", "/a", {"description": "x" * 256}, "invalid-request"),
        ("PUT", "/a", {"colour": "#000000"}, "unknown-field"),
        ("GET", "?sort=people", {}, "invalid-request"),
        ("GET", "?q=%00", {}, "invalid-request"),
    ],
)
async def test_what_cannot_be_is_refused(
    client: httpx.AsyncClient,
    method: str,
    path: str,
    body: dict[str, object],
    code: str,
) -> None:
    """With the code that says why."""
    await make(client, "a", "a")
    refused = await ask(client, method, path, **body)
    assert (refused.status_code >= 400, refused.json()["code"]) == (True, code)
