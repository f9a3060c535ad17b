"""Lists of single clicks over HTTP."""

from datetime import timedelta

import httpx

from tests.integration.api.conftest import AS_ADMIN, Api
from tests.integration.api.reports.stored import add_clicks, add_links, click

CLICKS = "/api/v1/reports/clicks"


async def test_clicks_come_in_pages(api: Api, client: httpx.AsyncClient) -> None:
    """Newest first, each once, also while others come."""
    await add_links(api, "spring")
    await add_clicks(api, *(click(n, ago=timedelta(minutes=n)) for n in range(1, 8)))
    listed, query = [], {"limit": "3"}
    while True:
        answer = await client.get(CLICKS, params=query, headers=AS_ADMIN)
        listed += [each["id"] for each in answer.json()["data"]]
        await add_clicks(api, click(100 + len(listed)))
        if answer.json()["next_cursor"] is None:
            break
        query["cursor"] = answer.json()["next_cursor"]
    assert listed == [f"journal-0-{n}" for n in range(1, 8)]


async def test_a_click_has_all_that_is_known(
    api: Api, client: httpx.AsyncClient
) -> None:
    """Its link, its moment to the millisecond, and its values; no visitor."""
    await add_links(api, "spring")
    await add_clicks(api, click(1, ago=timedelta(milliseconds=1), country="CH"))

    (found,) = (await client.get(CLICKS, headers=AS_ADMIN)).json()["data"]

    assert found["at"] == "2026-05-04T11:59:59.999Z"
    assert found["link"] == {"id": 1, "domain": "go.example.com", "code": "spring"}
    assert (found["country"], found["machine"]) == ("CH", None)
    assert "visitor" not in found


async def test_a_cursor_is_of_one_list(api: Api, client: httpx.AsyncClient) -> None:
    """With other filters it is refused; the period may move with the clock."""
    await add_clicks(api, *(click(n, country="CH") for n in range(1, 4)))
    first = await client.get(CLICKS, params={"limit": "1"}, headers=AS_ADMIN)
    cursor = first.json()["next_cursor"]

    same = await client.get(
        CLICKS, params={"cursor": cursor, "period": "7d"}, headers=AS_ADMIN
    )
    other = await client.get(
        CLICKS, params={"cursor": cursor, "country": "CH"}, headers=AS_ADMIN
    )

    assert len(same.json()["data"]) == 2
    assert other.json()["code"] == "invalid-cursor"
