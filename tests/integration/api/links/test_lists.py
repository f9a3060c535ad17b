"""Lists of links over HTTP: pages, filters, and what is refused."""

import httpx
import pytest

from tests.integration.api.conftest import AS_ADMIN, BASE_URL

LINKS = "/api/v1/links"
_OPTIONS: dict[int, dict[str, object]] = {
    0: {"max_clicks": 9},
    1: {"valid_until": "+1d"},
}


@pytest.fixture(autouse=True)
async def links(client: httpx.AsyncClient) -> None:
    """Five links to be listed, made one after the other."""
    for number in range(5):
        body = {
            "url": f"https://{'shop.' * (number % 2)}example.com/{number}",
            "code": f"code{number}",
            "title": ["Spring", "Summer"][number % 2],
            "disabled": number == 3,
            "tags": [["a"], ["a", "b"], [], ["b"], []][number],
            **_OPTIONS.get(number, {}),
        }
        await client.post(LINKS, json=body)


async def listed(client: httpx.AsyncClient, query: str = "") -> httpx.Response:
    """Ask for a list."""
    return await client.get(f"{LINKS}?{query}", headers=AS_ADMIN)


async def codes(client: httpx.AsyncClient, query: str = "") -> list[str]:
    """Return the codes of a page."""
    answer = await listed(client, query)
    assert answer.status_code == 200, answer.text
    return [link["code"] for link in answer.json()["data"]]


async def test_newest_links_come_first(client: httpx.AsyncClient) -> None:
    """Without parameters: all links, newest first, each as it is read by itself."""
    answer = await listed(client)
    one = await client.get(f"{LINKS}/code4", headers=AS_ADMIN)

    assert await codes(client) == ["code4", "code3", "code2", "code1", "code0"]
    assert answer.json()["data"][0] == one.json()
    assert answer.json()["next_cursor"] is None
    assert "Link" not in answer.headers


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=spr", "420"),
        ("q=SUMMER+exam", "31"),
        ("state=disabled", "3"),
        ("not_state=disabled", "4210"),
        ("state=disabled&state=active", "43210"),
        ("host=shop.example.com", "31"),
        ("host=example.com", "43210"),
        ("host=ample.com", ""),
        ("url=HTTPS://EXAMPLE.com:443/2", "2"),
        ("code=code1", "1"),
        ("created_from=-1h", "43210"),
        ("created_to=-1h", ""),
        ("updated_from=-1h&updated_to=%2B1h", "43210"),
        ("clicks_min=1", ""),
        ("clicks_max=0", "43210"),
        ("sort=code", "01234"),
        ("sort=created_at&limit=2", "01"),
        ("not_tag=a&not_tag=b", "42"),
        ("not_tag=a&not_tag=b&not_tag_mode=all", "4320"),
        ("has=max_clicks&has=expiry", "10"),
        ("has=title&not_has=expiry&not_has=max_clicks", "432"),
        ("has=rules", ""),
        ("not_has=title", ""),
        ("valid_until_from=now&valid_until_to=%2B2d", "1"),
        ("valid_until_to=now", ""),
        ("has=expiry&sort=valid_until", "1"),
        ("sort=title&limit=3", "024"),
        ("sort=-url", "31420"),
    ],
)
async def test_filters(client: httpx.AsyncClient, query: str, found: str) -> None:
    """A list has what its filters say, in the order that was asked for."""
    assert await codes(client, query) == [f"code{number}" for number in found]


async def test_pages_follow_one_another(client: httpx.AsyncClient) -> None:
    """The cursor, and the header `Link`, lead through the whole list."""
    first = await listed(client, "limit=2&sort=code")
    cursor = first.json()["next_cursor"]
    second = await listed(client, f"limit=2&sort=code&cursor={cursor}")
    url = second.headers["Link"].removeprefix("<").removesuffix('>; rel="next"')
    third = await client.get(url, headers=AS_ADMIN)

    assert url.startswith(f"{BASE_URL}{LINKS}?limit=2&sort=code&cursor=")
    pages = [[one["code"] for one in page.json()["data"]] for page in (second, third)]
    assert pages == [["code2", "code3"], ["code4"]]
    assert third.json()["next_cursor"] is None


async def test_total(client: httpx.AsyncClient) -> None:
    """How many links there are is said only to those who ask."""
    without = await listed(client, "limit=1")
    answer = await listed(client, "limit=1&include=total&q=spring")

    assert "total" not in without.json()
    assert (answer.json()["total"], answer.json()["total_exact"]) == (3, True)


@pytest.mark.parametrize(
    ("query", "code", "field", "advice"),
    [
        ("stat=active", "unknown-parameter", "stat", "Did you mean state?"),
        ("sort=clics", "invalid-request", "sort", "Did you mean"),
        ("state=gone", "invalid-request", "state", "It takes"),
        ("limit=0", "invalid-request", "limit", "1 to 1000"),
        ("limit=1001", "invalid-request", "limit", "1 to 1000"),
        ("limit=x", "invalid-request", "limit", "number"),
        ("q=-", "invalid-request", "q", "letter"),
        ("q=" + "+".join(map(str, range(11))), "invalid-request", "q", "10 words"),
        ("host=%20", "invalid-request", "host", "no host"),
        ("url=example.com", "invalid-request", "url", "https://"),
        ("code=a/b", "invalid-request", "code", "No code"),
        ("tag=%00", "invalid-request", "tag", "A tag has"),
        ("not_tag=a%2Fb", "invalid-request", "not_tag", "A tag has"),
        ("created_from=2026-01-01", "invalid-request", "created_from", "A moment"),
        ("clicks_min=-1", "invalid-request", "clicks_min", "number"),
        ("code=a&code=b", "invalid-request", "code", "once"),
        ("has=title&not_has=title", "invalid-request", "not_has", "has and lacks"),
        ("has=titel", "invalid-request", "has", "Did you mean title?"),
    ],
)
async def test_wrong_parameters_are_refused(
    client: httpx.AsyncClient, query: str, code: str, field: str, advice: str
) -> None:
    """No list ignores a filter: the refusal names the parameter, and what it takes."""
    answer = await listed(client, query)

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    (error,) = answer.json()["errors"]
    assert error["field"] == field
    assert advice in error["message"]


@pytest.mark.parametrize(
    "query",
    [
        "created_from=now&created_to=-1h",
        "clicks_min=2&clicks_max=1",
    ],
)
async def test_empty_ranges_are_refused(client: httpx.AsyncClient, query: str) -> None:
    """A range that nothing can lie in is a mistake."""
    answer = await listed(client, query)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-range")


@pytest.mark.parametrize(
    "query",
    ["sort=code&cursor={}", "sort=created_at&q=spring&cursor={}", "cursor=x{}"],
)
async def test_a_cursor_belongs_to_its_list(
    client: httpx.AsyncClient, query: str
) -> None:
    """A cursor of another filter or order, or none at all, is refused."""
    first = await listed(client, "limit=2&sort=created_at")
    answer = await listed(client, query.format(first.json()["next_cursor"]))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-cursor")


async def test_lists_are_for_those_who_manage(client: httpx.AsyncClient) -> None:
    """Without the token, no link is shown."""
    answer = await client.get(LINKS)
    assert (answer.status_code, answer.json()["code"]) == (401, "not-authenticated")


async def test_deleted_links_are_listed_when_asked_for(
    client: httpx.AsyncClient,
) -> None:
    """A list leaves deleted links out, unless their state is asked for."""
    await client.delete(f"{LINKS}/code2", headers=AS_ADMIN)

    assert "code2" not in await codes(client)
    assert await codes(client, "state=deleted") == ["code2"]


async def test_an_order_that_some_links_have_not(client: httpx.AsyncClient) -> None:
    """It is refused, with the filters that it needs."""
    answer = await listed(client, "sort=valid_until")
    assert answer.status_code == 422
    assert answer.json()["code"] == "sort-needs-filter"
    assert "has=expiry" in answer.json()["detail"]


async def test_pages_in_an_order_of_texts(client: httpx.AsyncClient) -> None:
    """The cursor leads on behind the title at which the page ends."""
    found, cursor = [], ""
    while True:
        page = (await listed(client, f"sort=title&limit=1{cursor}")).json()
        found += [one["code"] for one in page["data"]]
        if page["next_cursor"] is None:
            break
        cursor = f"&cursor={page['next_cursor']}"
    assert found == [f"code{number}" for number in (0, 2, 4, 1, 3)]
