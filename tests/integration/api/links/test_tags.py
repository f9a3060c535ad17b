"""Tags of links, and archived ones, over HTTP."""

import httpx
import pytest

from tests.integration.api.conftest import AS_ADMIN

LINKS = "/api/v1/links"


async def make(
    client: httpx.AsyncClient, code: str, **fields: object
) -> httpx.Response:
    """Ask for a link."""
    body = {"url": f"https://example.com/{code}", "code": code, **fields}
    return await client.post(LINKS, json=body)


async def change(
    client: httpx.AsyncClient, code: str, **fields: object
) -> httpx.Response:
    """Ask for a change, as one who may."""
    return await client.patch(f"{LINKS}/{code}", json=fields, headers=AS_ADMIN)


async def codes(client: httpx.AsyncClient, query: str) -> list[str]:
    """Return the codes of a list, sorted."""
    answer = await client.get(f"{LINKS}?sort=code&{query}", headers=AS_ADMIN)
    assert answer.status_code == 200, answer.text
    return [link["code"] for link in answer.json()["data"]]


async def test_tags_are_kept_once(client: httpx.AsyncClient) -> None:
    """Equal ones in the spelling that comes first, in their order, without spaces."""
    made = await make(client, "a", tags=["Spring", " print ", "SPRING"])
    assert made.json()["tags"] == ["Spring", "print"]


@pytest.mark.parametrize(
    ("fields", "tags"),
    [
        ({"add_tags": ["new", "PRINT"]}, ["print", "old", "new"]),
        ({"remove_tags": ["Print", "none"]}, ["old"]),
        ({"add_tags": ["a"], "remove_tags": ["a", "old"]}, ["print"]),
        ({"tags": ["other"], "add_tags": ["more"]}, ["other", "more"]),
        ({"tags": None}, []),
        ({"title": "Title"}, ["print", "old"]),
    ],
)
async def test_tags_are_changed(
    client: httpx.AsyncClient, fields: dict[str, object], tags: list[str]
) -> None:
    """All at once, or some without reading the others."""
    await make(client, "a", tags=["print", "old"])
    assert (await change(client, "a", **fields)).json()["tags"] == tags


@pytest.mark.parametrize(
    "tags", [["a/b"], ["a,b"], [" "], ["x" * 65], ["a\n"], [f"t{n}" for n in range(51)]]
)
async def test_what_cannot_be_a_tag_is_refused(
    client: httpx.AsyncClient, tags: list[str]
) -> None:
    """Whether it comes alone, or as one more."""
    refused = await make(client, "a", tags=tags)
    assert (refused.status_code, refused.json()["code"]) == (422, "invalid-request")
    assert refused.json()["errors"][0]["field"] == "tags"


async def test_the_fifty_first_tag_is_refused(client: httpx.AsyncClient) -> None:
    """A link that has fifty gets no other, and keeps them."""
    await make(client, "a", tags=[f"t{number}" for number in range(50)])
    refused = await change(client, "a", add_tags=["t50"])
    assert (refused.status_code, refused.json()["code"]) == (422, "option-conflict")


async def test_links_are_found_by_tags(client: httpx.AsyncClient) -> None:
    """One of several, all of several, none of several; and by words of tags."""
    await make(client, "a", tags=["Print", "spring"])
    await make(client, "b", tags=["print"])
    await make(client, "c")
    found = {
        query: await codes(client, query)
        for query in (
            "tag=PRINT",
            "tag=print&tag=spring",
            "tag=print&tag=spring&tag_mode=all",
            "not_tag=spring",
            "tag=print&not_tag=spring",
            "q=spr",
        )
    }
    assert list(found.values()) == [
        ["a", "b"],
        ["a", "b"],
        ["a"],
        ["b", "c"],
        ["b"],
        ["a"],
    ]


async def test_archived_links_are_listed_when_asked_for(
    client: httpx.AsyncClient,
) -> None:
    """They are out of the way, and redirect all the same."""
    await make(client, "a", archived=True)
    await make(client, "b")
    lists = [await codes(client, q) for q in ("", "archived=true", "archived=any")]
    read = await client.get(f"{LINKS}/a", headers=AS_ADMIN)
    assert lists == [["b"], ["a"], ["a", "b"]]
    assert (read.json()["archived"], read.json()["state"]) == (True, "active")
