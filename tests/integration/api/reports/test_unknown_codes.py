"""Visits that belong to no link, over HTTP."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest

from tests.integration.api.conftest import AS_ADMIN, Api
from tests.integration.api.reports.stored import NOW
from waypost.domain.analytics.enriched import DAY_MS, day_of
from waypost.domain.analytics.orphans import OTHERS, OrphanKey, OrphanKind, OrphanTally
from waypost.domain.links import Link
from waypost.domain.reports.calendar import ms_of
from waypost.ports.analytics.orphans import OrphanBatch

PATH = "/api/v1/unknown-codes"
CODE = OrphanKind.UNKNOWN_CODE
TODAY = day_of(ms_of(NOW))


async def visit(
    api: Api, text: str, *, kind: OrphanKind = CODE, day: int = TODAY, people: int = 1
) -> None:
    """Store visits of one code, half past midnight."""
    first_ms = day * DAY_MS + 1_800_000
    tally = OrphanTally(first_ms, first_ms + 1, people=people, machines=1)
    assert api.orphans is not None
    tallies = {OrphanKey(kind, text, day): tally}
    batch = OrphanBatch(source=uuid4().hex, number=1, tallies=tallies)
    await api.orphans.add(batch)


async def make_link(api: Api, link_id: int, code: str, *, is_deleted: bool) -> None:
    """Store a link."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    link = Link(
        id=link_id,
        code=code,
        target="https://example.com/",
        created_at=now,
        updated_at=now,
        version=2,
        deleted_at=now if is_deleted else None,
    )
    async with api.storage.transaction() as transaction:
        await transaction.links.add([link])


async def listed(client: httpx.AsyncClient, **parameters: str) -> list[str]:
    """Return the codes that are listed."""
    answer = await client.get(PATH, params=parameters, headers=AS_ADMIN)
    assert answer.status_code == 200, answer.text
    return [row["code"] for row in answer.json()["data"]]


async def test_mistyped_codes_are_listed_with_what_was_meant(
    api: Api, client: httpx.AsyncClient
) -> None:
    """With visits by people and machines, the first and the last moment."""
    await make_link(api, 1, "spring26", is_deleted=False)
    await make_link(api, 2, "autumn", is_deleted=True)
    day_ms = 20_500 * DAY_MS
    await visit(api, "sprnig26", day=20_500, people=3)
    await visit(api, "sprnig26", day=20_501, people=4)
    await visit(api, "autum", day=20_500, people=2)
    await visit(api, "spring26/more", kind=OrphanKind.UNKNOWN_PATH, day=20_500)
    await visit(api, "", kind=OrphanKind.BASE_URL, day=20_500, people=0)
    answer = await client.get(PATH, headers=AS_ADMIN)
    first = datetime.fromtimestamp(day_ms // 1_000, UTC) + timedelta(minutes=30)
    moment = f"{first:%Y-%m-%dT%H:%M:%S}"
    assert answer.json()["data"][0] == {
        "domain": "go.example.com",
        "code": "sprnig26",
        "kind": "unknown_code",
        "clicks": {"all": 9, "people": 7, "machines": 2},
        "first_at": f"{moment}.000Z",
        "last_at": f"{first + timedelta(days=1):%Y-%m-%dT%H:%M:%S}.001Z",
        "nearest": "spring26",
    }
    assert [
        (row["code"], row["kind"], row["nearest"]) for row in answer.json()["data"][1:]
    ] == [
        ("autum", "unknown_code", None),
        ("spring26/more", "unknown_path", "spring26"),
        (None, "base_url", None),
    ]
    assert (answer.json()["others"], answer.json()["next_cursor"]) == (None, None)


async def test_rows_are_filtered(api: Api, client: httpx.AsyncClient) -> None:
    """By kind, text and day."""
    await visit(api, "one", day=TODAY - 2)
    await visit(api, "two", day=TODAY - 1)
    await visit(api, "a/three", kind=OrphanKind.UNKNOWN_PATH)
    assert await listed(client, kind="unknown_path") == ["a/three"]
    assert await listed(client, q="WO") == ["two"]
    assert set(await listed(client, **{"from": "-1d"})) == {"two", "a/three"}
    yesterday = f"{NOW - timedelta(days=1):%Y-%m-%d}"
    assert await listed(client, to=yesterday) == ["one"]
    assert await listed(client, to="-1d", **{"from": yesterday}) == ["two"]


async def test_pages_follow_one_another(api: Api, client: httpx.AsyncClient) -> None:
    """A cursor is of one list; the others are on each page."""
    for at in range(5):
        await visit(api, f"code{at}", people=at)
    await visit(api, OTHERS, people=7)
    parameters = {"sort": "-last_at", "limit": "2"}
    codes: list[str] = []
    while True:
        answer = await client.get(PATH, params=parameters, headers=AS_ADMIN)
        codes += [row["code"] for row in answer.json()["data"]]
        assert answer.json()["others"] == {"all": 8, "people": 7, "machines": 1}
        if answer.json()["next_cursor"] is None:
            break
        parameters["cursor"] = answer.json()["next_cursor"]
    assert codes == [f"code{at}" for at in range(5)]
    parameters |= {"sort": "-clicks"}
    answer = await client.get(PATH, params=parameters, headers=AS_ADMIN)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-cursor")


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("kind=mistyped", "invalid-request"),
        ("kind=base_url&kind=mistyped", "invalid-request"),
        ("limit=0", "invalid-request"),
        ("limit=101", "invalid-request"),
        ("limit=x", "invalid-request"),
        ("q=%00", "invalid-request"),
        ("sort=clicks", "invalid-request"),
        ("since=1", "unknown-parameter"),
        ("from=yesterday", "invalid-range"),
        ("from=2026-02-01&to=2026-01-01", "invalid-range"),
        ("cursor=x", "invalid-cursor"),
        ("cursor=WzEsMiwzLDRd", "invalid-cursor"),
        ("cursor=%F0%9F%98%80", "invalid-cursor"),
    ],
)
async def test_wrong_parameters_are_refused(
    client: httpx.AsyncClient, query: str, code: str
) -> None:
    """With what is wrong."""
    answer = await client.get(f"{PATH}?{query}", headers=AS_ADMIN)
    assert (answer.status_code, answer.json()["code"]) == (422, code)


async def test_visits_are_deleted(api: Api, client: httpx.AsyncClient) -> None:
    """Those of a kind, or before a day, or all."""
    await visit(api, "old", day=TODAY - 2)
    await visit(api, "new")
    await visit(api, "a/b", kind=OrphanKind.UNKNOWN_PATH, day=TODAY - 2)
    parameters = {"kind": "unknown_code", "to": "-1d"}
    answer = await client.delete(PATH, params=parameters, headers=AS_ADMIN)
    assert answer.json() == {"clicks": {"all": 2, "people": 1, "machines": 1}}
    assert set(await listed(client)) == {"new", "a/b"}
    answer = await client.delete(PATH, headers=AS_ADMIN)
    assert answer.json() == {"clicks": {"all": 4, "people": 2, "machines": 2}}
    assert await listed(client) == []


@pytest.mark.parametrize("method", ["GET", "DELETE"])
async def test_only_the_admin_may(
    api: Api, client: httpx.AsyncClient, method: str
) -> None:
    """And only where reports are made."""
    assert (await client.request(method, PATH)).status_code == 401
    api.orphans = None
    transport = httpx.ASGITransport(api.create())
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as other:
        answer = await other.request(method, PATH, headers=AS_ADMIN)
    assert (answer.status_code, answer.json()["code"]) == (409, "feature-off")
