"""Complaints: taken from everyone, judged by admins, bounded."""

from collections.abc import AsyncIterator
from contextlib import aclosing

import httpx
import pytest

from tests.integration.api.conftest import AS_ADMIN, BASE_URL, Api
from waypost.adapters.memory.abuse import MemoryAbuseReports
from waypost.adapters.sql.abuse.reports import SqlAbuseReports
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.abuse.reports import MAX_OPEN_OF_LINK

REPORTS = "/api/v1/abuse-reports"
LINKS = "/api/v1/links"


@pytest.fixture(params=["memory", "sqlite"])
async def client(
    request: pytest.FixtureRequest, database_url: str
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server over each store."""
    async with aclosing(
        await SqlStorage.open(database_url, timeout_seconds=60)
    ) as storage:
        reports = SqlAbuseReports(storage.database)
        api = Api(
            abuse_reports=MemoryAbuseReports() if request.param == "memory" else reports
        )
        transport = httpx.ASGITransport(api.create())
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as made:
            await made.post(LINKS, json={"url": "https://a.example", "code": "bad"})
            yield made


async def report(
    client: httpx.AsyncClient, short_url: str = "bad", **more: object
) -> httpx.Response:
    """Complain about a link."""
    body = {"short_url": short_url, "reason": "phishing", "message": "No!", **more}
    return await client.post(REPORTS, json=body)


async def listed(client: httpx.AsyncClient, query: str = "") -> list[dict[str, object]]:
    """Return the complaints."""
    answer = await client.get(f"{REPORTS}?{query}", headers=AS_ADMIN)
    assert answer.status_code == 200, answer.text
    data: list[dict[str, object]] = answer.json()["data"]
    return data


@pytest.mark.parametrize(
    ("short_url", "kept"),
    [
        (f"{BASE_URL}/bad", 1),
        ("go.example.com/bad+", 1),
        ("bad", 1),
        (f"{BASE_URL}/none", 0),
        ("https://[", 0),
        ("", 0),
        ("/", 0),
        ("\u00e4 b", 0),
    ],
)
async def test_the_answer_says_nothing_of_the_link(
    client: httpx.AsyncClient, short_url: str, kept: int
) -> None:
    """It is the same whether the link exists or not; only complaints about it stay."""
    answer = await report(client, short_url)
    assert (answer.status_code, answer.json()) == (202, {})
    assert len(await listed(client)) == kept


async def test_confirmed_and_dismissed(client: httpx.AsyncClient) -> None:
    """A confirmed one puts the link in quarantine; one of before stays."""
    for _ in range(3):
        await report(client, email="a@example.com")
    last, middle, first = await listed(client, "state=open")
    assert last["link"] == {"id": 1, "code": "bad"}
    assert last["short_url"] == f"{BASE_URL}/bad"

    async def judge(one: dict[str, object], state: str) -> httpx.Response:
        url = f"{REPORTS}/{one['id']}"
        return await client.patch(url, json={"state": state}, headers=AS_ADMIN)

    assert (await judge(first, "dismissed")).json()["state"] == "dismissed"
    link = await client.get(f"{LINKS}/bad", headers=AS_ADMIN)
    assert link.json()["quarantine"] is None
    assert (await judge(middle, "confirmed")).json()["state"] == "confirmed"
    link = await client.get(f"{LINKS}/bad", headers=AS_ADMIN)
    assert link.json()["quarantine"]["reason"] == "phishing"
    assert link.json()["quarantine"]["note"] == f"Report {middle['id']}"
    await client.delete(f"{LINKS}/bad", headers=AS_ADMIN)
    assert (await judge(last, "confirmed")).status_code == 200
    assert await listed(client, "state=open") == []
    assert len(await listed(client, "state=confirmed")) == 2
    assert (await judge(last, "open")).status_code == 422
    for wrong in ("none", "0195f2a6-0000-7000-8000-00000000000f", "%00"):
        missing = await judge({"id": wrong}, "dismissed")
        assert missing.json()["code"] == "abuse-report-not-found"


async def test_bounds(client: httpx.AsyncClient) -> None:
    """Neither long texts nor many complaints about one link fill the store."""
    for body in (
        {"message": "x" * 2_001},
        {"email": "x" * 255},
        {"message": "\x1b[2J"},
        {"email": "a@example.com\nopen, phishing"},
        {"reason": "boredom"},
        {"more": 1},
    ):
        assert (await report(client, **body)).status_code == 422
    assert (await report(client, "x" * 2_049)).status_code == 422
    for _ in range(MAX_OPEN_OF_LINK + 2):
        assert (await report(client)).status_code == 202
    assert len(await listed(client)) == MAX_OPEN_OF_LINK


async def test_pages(client: httpx.AsyncClient) -> None:
    """Each complaint is once in a list that is read page by page."""
    for _ in range(5):
        await report(client)
    found, cursor = [], ""
    while cursor is not None:
        more = f"&cursor={cursor}" if cursor else ""
        url = f"{REPORTS}?limit=2{more}"
        page = (await client.get(url, headers=AS_ADMIN)).json()
        found += [one["id"] for one in page["data"]]
        cursor = page["next_cursor"]
    assert len(set(found)) == 5
    assert found == sorted(found, reverse=True)


PAGE = "/report"
BROWSER = {"Accept": "text/html"}


async def test_visitors_complain_by_a_form(client: httpx.AsyncClient) -> None:
    """The link is filled in, and the answer says nothing of it."""
    page = await client.get(PAGE, params={"link": f"{BASE_URL}/bad"})
    assert (page.status_code, f'value="{BASE_URL}/bad"' in page.text) == (200, True)
    assert "script-src" not in page.headers["Content-Security-Policy"]

    for code, kept in (("bad", 1), ("none", 1)):
        form = {
            "short_url": f"{BASE_URL}/{code}",
            "reason": "malware",
            "message": "It asks\r\nfor <b>money</b>",
            "email": "",
        }
        answer = await client.post(PAGE, data=form, headers=BROWSER)
        assert (answer.status_code, "Thank you" in answer.text) == (202, True)
        assert len(await listed(client)) == kept
    (kept_one,) = await listed(client)
    assert kept_one["message"] == "It asks\nfor <b>money</b>"
    assert (kept_one["reason"], kept_one["email"]) == ("malware", None)


@pytest.mark.parametrize(
    ("form", "says"),
    [
        ({}, "Say which short link you mean."),
        ({"short_url": " "}, "Say which short link you mean."),
        ({"short_url": "bad", "reason": "bad"}, "Choose what is wrong"),
        ({"short_url": "bad"}, "Choose what is wrong"),
        ({"short_url": "bad\x1b", "reason": "spam"}, "has characters that no link"),
        ({"short_url": "bad", "reason": "spam", "email": "x" * 255}, "at most 254"),
        (
            {"short_url": "bad", "reason": "spam", "message": "x" * 2001},
            "at most 2,000",
        ),
    ],
)
async def test_wrong_forms_come_back(
    client: httpx.AsyncClient, form: dict[str, str], says: str
) -> None:
    """With what was typed, and what to mend."""
    answer = await client.post(PAGE, data={**form, "more": '"><script>'})
    assert (answer.status_code, says in answer.text) == (422, True)
    assert "<script>" not in answer.text
    if form.get("short_url") == "bad":
        assert 'value="bad"' in answer.text
    assert not await listed(client)


async def test_what_is_no_form_comes_back(client: httpx.AsyncClient) -> None:
    """Neither broken bytes nor too many fields are an error of the server."""
    for body in (b"\xff\xfe", b"&".join([b"a=1"] * 9), b'{"short_url": "bad"}'):
        answer = await client.post(PAGE, content=body)
        assert answer.status_code == 422
