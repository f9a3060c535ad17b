"""Two calls about the same links in opposite orders, on PostgreSQL."""

import asyncio
from typing import Any, Final, TypeAlias

import httpx

from tests.integration.api.conftest import AS_ADMIN
from tests.integration.api.repeats.test_once import processes

PATH: Final = "/api/v1/links/bulk"
URL: Final = "https://example.com/"
Result: TypeAlias = dict[str, Any]  # type: ignore[explicit-any]  # JSON
__all__ = ["processes"]


async def both(
    clients: list[httpx.AsyncClient],
    items: list[dict[str, object]],
) -> list[Result]:
    """Send *items* to each process, to one of them the last one first."""
    answers = await asyncio.gather(
        *(
            client.post(PATH, json={"items": order}, headers=AS_ADMIN)
            for client, order in zip(clients, (items, items[::-1]), strict=True)
        )
    )
    assert [answer.status_code for answer in answers] == [200, 200]
    return [one for answer in answers for one in answer.json()["results"]]


async def test_opposite_orders(processes: list[httpx.AsyncClient]) -> None:
    """Each does all of it: changed links are held in one order, and made ones again."""
    names = [f"name-{number}" for number in range(40)]
    made = await both(
        processes,
        [{"op": "put", "link": name, "url": URL + name} for name in names],
    )
    assert [one["error"] for one in made] == [None] * 80
    assert sorted(one["status"] for one in made) == [200] * 40 + [201] * 40
    for number in range(3):
        changed = await both(
            processes,
            [
                {"op": "update", "link": name, "add_tags": [f"tag-{number}"]}
                for name in names
            ],
        )
        assert [one["error"] for one in changed] == [None] * 80
    deleted = await both(processes, [{"op": "delete", "link": name} for name in names])
    gone = {one["error"] and one["error"]["code"] for one in deleted}
    assert gone == {None, "link-deleted"}


async def test_many_calls_at_once(processes: list[httpx.AsyncClient]) -> None:
    """Calls of one process wait for each other, so that none is always too slow."""
    client, names = processes[0], [f"name-{number}" for number in range(20)]
    links = [{"code": name, "url": URL} for name in names]
    await client.post(PATH, json={"items": links}, headers=AS_ADMIN)

    async def tag(number: int) -> httpx.Response:
        items = [{"op": "update", "link": name} for name in names]
        order = items[number:] + items[:number]
        tagged = [{**one, "add_tags": [f"tag-{number}"]} for one in order]
        body = {"items": tagged, "atomic": number % 2 == 0}
        return await client.post(PATH, json=body, headers=AS_ADMIN)

    answers = await asyncio.gather(*map(tag, range(12)))
    assert [answer.json().get("summary") for answer in answers] == [
        {"succeeded": 20, "failed": 0}
    ] * 12
    link = (await client.get("/api/v1/links/name-7", headers=AS_ADMIN)).json()
    assert len(link["tags"]) == 12
