"""Totals, series and breakdowns over HTTP."""

from datetime import timedelta

import httpx
import pytest

from tests.integration.api.conftest import AS_ADMIN, Api
from tests.integration.api.reports.stored import add_clicks, add_links, click

REPORTS = "/api/v1/reports"


async def get(client: httpx.AsyncClient, path: str, **query: str) -> httpx.Response:
    """Ask for a report."""
    return await client.get(f"{REPORTS}/{path}", params=query, headers=AS_ADMIN)


async def test_totals_are_those_of_the_last_thirty_days(
    api: Api, client: httpx.AsyncClient
) -> None:
    """Without a parameter: all links, today and 29 days before it, in UTC."""
    await add_clicks(
        api,
        click(1, visitor=1),
        click(2, visitor=2, ago=timedelta(days=29)),
        click(3, visitor=3, ago=timedelta(days=30)),
        click(4, visitor=0, machine="agent"),
    )

    answer = await get(client, "totals")

    assert answer.status_code == 200
    assert answer.json() == {
        "from": "2026-04-05T00:00:00Z",
        "to": "2026-05-05T00:00:00Z",
        "tz": "UTC",
        "as_of": None,
        "revision": 0,
        "clicks": {"all": 3, "people": 2, "machines": 1},
        "visitors": 2,
        "previous": None,
    }


async def test_links_are_named_in_three_ways(
    api: Api, client: httpx.AsyncClient
) -> None:
    """By code, by domain and code, and by id; several are counted together."""
    await add_links(api, "spring", "summer", "autumn")
    await add_clicks(
        api, *(click(n, link_id=n, visitor=n, country="CH") for n in (1, 2, 3, 4))
    )

    for names, clicks in [
        (["spring"], 1),
        (["go.example.com:spring", "spring"], 1),
        (["spring", "GO.example.com:summer"], 2),
        (["id:3", "id:4", "spring"], 3),
        (["id:99"], 0),
    ]:
        answer = await client.get(
            f"{REPORTS}/totals", params={"link": names}, headers=AS_ADMIN
        )
        assert answer.json()["clicks"]["all"] == clicks, names


@pytest.mark.parametrize(
    "name",
    [
        "winter",
        "id:x",
        "id:0",
        "other.example:spring",
        ":",
        "",
        "a" * 9000,
        "\0",
        "é:é",
    ],
)
async def test_unknown_links_are_named(
    api: Api, client: httpx.AsyncClient, name: str
) -> None:
    """A report about a link that is none is refused, and says how links are named."""
    await add_links(api, "spring")
    answer = await get(client, "totals", link=name)
    expected = "invalid-request" if len(name) > 8192 else "link-not-found"
    assert answer.json()["code"] == expected


async def test_values_are_filtered(api: Api, client: httpx.AsyncClient) -> None:
    """Repeated values are alternatives, an empty one is unknown, `not_` excludes."""
    await add_clicks(
        api,
        click(1, visitor=1, country="CH"),
        click(2, visitor=2, country="DE"),
        click(3, visitor=3, country="FR"),
        click(4, visitor=4),
        click(9, country="CH", machine="preview"),
    )

    for query, clicks in [
        ("country=CH", 2),
        ("country=CH&country=DE", 3),
        ("country=", 1),
        ("country=CH&country=", 3),
        ("country=XX", 0),
        ("not_country=CH", 3),
        ("not_country=CH&not_country=", 2),
        ("country=CH&country=DE&not_country=CH", 1),
        ("visitor=person&country=CH", 1),
        ("visitor=machine", 1),
        ("machine=preview", 1),
        ("machine=", 4),
        ("city=Z%C3%BCrich", 0),
    ]:
        answer = await client.get(f"{REPORTS}/totals?{query}", headers=AS_ADMIN)
        assert answer.json()["clicks"]["all"] == clicks, query


async def test_series_have_lines_and_the_period_before(
    api: Api, client: httpx.AsyncClient
) -> None:
    """`by` gives each value a line with all intervals, `compare` those before."""
    await add_links(api, "spring", "summer")
    await add_clicks(
        api,
        click(1, visitor=1),
        click(2, visitor=2, link_id=2),
        click(3, visitor=3, link_id=2, ago=timedelta(days=1)),
        click(4, visitor=4, ago=timedelta(days=2)),
    )

    answer = await get(
        client, "series", period="2d", by="link", compare="previous", interval="day"
    )

    body = answer.json()
    assert body["interval"] == "day"
    assert [point["clicks"]["all"] for point in body["data"]] == [1, 2]
    lines = {
        line["value"]: [point["visitors"] for point in line["data"]]
        for line in body["lines"]
    }
    assert lines == {"summer": [1, 1], "spring": [0, 1]}
    assert body["previous"]["from"] == "2026-05-01T00:00:00Z"
    assert [point["clicks"]["all"] for point in body["previous"]["data"]] == [0, 1]


async def test_breakdowns_have_names_for_people(
    api: Api, client: httpx.AsyncClient
) -> None:
    """Countries have names, unknown is named, and the rest is summed up."""
    await add_clicks(
        api,
        click(1, visitor=1, country="CH"),
        click(2, visitor=2, country="CH"),
        click(3, visitor=3),
        click(4, visitor=4, country="XX"),
        click(5, visitor=5, country="CI", ago=timedelta(days=1)),
        click(6, visitor=6, country="CH", ago=timedelta(days=1)),
    )

    answer = await get(
        client,
        "breakdown",
        by="country",
        period="today",
        limit="2",
        sort="value",
        compare="previous",
    )

    body = answer.json()
    labels = [(row["value"], row["label"], row["share"]) for row in body["data"]]
    assert labels == [("CH", "Switzerland", 0.5), ("XX", "XX", 0.25)]
    assert body["other"] == {
        "values": 1,
        "clicks": {"all": 1, "people": 1, "machines": 0},
        "visitors": 1,
        "share": 0.25,
    }
    before = [(row["value"], row["visitors"]) for row in body["previous"]["data"]]
    assert before == [("CH", 1), ("XX", 0)]
    unknown = await get(client, "breakdown", by="country", country="")
    assert unknown.json()["data"][0]["label"] == "Unknown"


async def test_top_links_are_a_breakdown(api: Api, client: httpx.AsyncClient) -> None:
    """Links are named as requests name them; one that is gone keeps its number."""
    await add_links(api, "spring")
    await add_clicks(api, *(click(n, link_id=1 + n % 2, visitor=n) for n in (1, 2, 3)))

    body = (await get(client, "breakdown", by="link")).json()

    found = [(row["value"], row["label"], row["clicks"]["all"]) for row in body["data"]]
    assert found == [("id:2", "id:2", 2), ("spring", "spring", 1)]


async def test_all_begins_with_the_first_click(
    api: Api, client: httpx.AsyncClient
) -> None:
    """`all` is from the month of the first click of these links; today if none came."""
    await add_clicks(api, click(1, ago=timedelta(days=400)), click(2, link_id=2))

    assert (await get(client, "totals", period="all")).json()["clicks"]["all"] == 2
    series = (await get(client, "series", period="all")).json()
    assert (series["from"], series["interval"]) == ("2025-03-01T00:00:00Z", "month")
    alone = (await get(client, "totals", period="all", link="id:9")).json()
    assert alone["from"] == "2026-05-04T00:00:00Z"


@pytest.mark.parametrize(
    ("query", "code", "words"),
    [
        ("perid=7d", "unknown-parameter", "Did you mean period?"),
        ("colour=red", "unknown-parameter", "There is no such parameter"),
        ("by=country", "unknown-parameter", "by"),
        ("period=7d&period=8d", "invalid-request", "once"),
        ("compare=last", "invalid-request", "previous"),
        ("visitor=human", "invalid-request", "person, machine"),
        ("visitor=person&machine=agent", "invalid-request", "not both"),
        ("country=%00", "invalid-request", "control"),
        ("period=0d", "invalid-range", "7d"),
        ("period=99999d", "invalid-range", "7d"),
        ("period=7d&from=-3d", "invalid-range", "not both"),
        ("to=now", "invalid-range", "from"),
        ("from=2026-05-04&to=2026-05-04", "invalid-range", "before to"),
        ("from=2026-05-05&to=2026-05-04", "invalid-range", "before to"),
        ("from=2026-02-30", "invalid-range", "moment"),
        ("from=2026-05-04T00:00:00", "invalid-range", "offset"),
        ("from=0001-01-01&to=9999-12-31", "invalid-range", "1971"),
        ("from=0001-01-01T00:00:00%2B14:00", "invalid-range", "moment"),
        ("from=2026-01-01&to=9999-12-31T23:59:59-14:00", "invalid-range", "moment"),
        ("from=-999999w", "invalid-range", "moment"),
        ("tz=Europe/Zuerich", "unknown-zone", "Europe/Zurich"),
        ("tz=../../etc/passwd", "unknown-zone", "IANA"),
        ("tz=/etc/localtime", "unknown-zone", "IANA"),
        ("tz=Europe", "unknown-zone", "no such time zone"),
        ("tz=%00", "unknown-zone", "no such time zone"),
        ("tz=" + "a" * 4000, "unknown-zone", "no such time zone"),
        ("country=" + "a" * 8200, "invalid-request", "8 KiB"),
    ],
)
async def test_wrong_queries_are_refused(
    client: httpx.AsyncClient, query: str, code: str, words: str
) -> None:
    """Every wrong parameter is refused with a stable code, and words that help."""
    answer = await client.get(f"{REPORTS}/totals?{query}", headers=AS_ADMIN)
    assert answer.status_code == 422
    assert answer.json()["code"] == code
    assert words in answer.text


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        ("breakdown", {}, "invalid-request"),
        ("breakdown", {"by": "colour"}, "invalid-request"),
        ("breakdown", {"by": "country", "limit": "0"}, "invalid-request"),
        ("breakdown", {"by": "country", "limit": "1001"}, "invalid-request"),
        ("breakdown", {"by": "country", "limit": "٣"}, "invalid-request"),
        ("breakdown", {"by": "country", "limit": "9" * 5000}, "invalid-request"),
        ("series", {"interval": "minute", "period": "7d"}, "range-too-large"),
        (
            "series",
            {"from": "1971-01-01", "to": "9997-12-31", "interval": "month"},
            "range-too-large",
        ),
        ("clicks", {"cursor": "x"}, "invalid-cursor"),
        ("clicks", {"cursor": "é"}, "invalid-cursor"),
        ("clicks", {"cursor": "A" * 48}, "invalid-cursor"),
    ],
)
async def test_wrong_reports_are_refused(
    client: httpx.AsyncClient, path: str, query: dict[str, str], code: str
) -> None:
    """What only one report takes is checked as well."""
    answer = await get(client, path, **query)
    assert answer.status_code == 422
    assert answer.json()["code"] == code


async def test_reports_need_the_token(client: httpx.AsyncClient) -> None:
    """Without the admin token no number is seen."""
    for path in ("reports/totals", "reports/live", "exports/clicks"):
        answer = await client.get(f"/api/v1/{path}?no=such")
        assert answer.status_code == 401


async def test_reports_that_are_off_say_so(api: Api, client: httpx.AsyncClient) -> None:
    """The refusal names the setting that turns them on."""
    api.clicks = None
    transport = httpx.ASGITransport(api.create())
    async with httpx.AsyncClient(transport=transport, base_url="http://a") as off:
        for path in ("reports/totals", "reports/live", "exports/clicks"):
            answer = await off.get(f"/api/v1/{path}", headers=AS_ADMIN)
            assert answer.status_code == 409
            assert answer.json()["code"] == "feature-off"
            assert "REPORTS=true" in answer.json()["detail"]


async def test_continents_and_hours_of_the_week(
    api: Api, client: httpx.AsyncClient
) -> None:
    """They have labels; an hour is no filter, and no line of a series."""
    await add_clicks(api, click(1, country="CH"), click(2, country="FR"), click(3))
    path = "/api/v1/reports/breakdown"
    by = {"by": "continent", "continent": "EU"}
    europe = await client.get(path, params=by, headers=AS_ADMIN)
    hours = await client.get(path, params={"by": "hour_of_week"}, headers=AS_ADMIN)
    refused = [
        await client.get(path, params=by | {"hour_of_week": "1-09"}, headers=AS_ADMIN),
        await client.get(
            "/api/v1/reports/series", params={"by": "hour_of_week"}, headers=AS_ADMIN
        ),
    ]

    (row,) = europe.json()["data"]
    assert (row["value"], row["label"], row["clicks"]["people"]) == ("EU", "Europe", 2)
    (row,) = hours.json()["data"]
    assert (row["value"], row["clicks"]["people"]) == ("1-12", 3)
    assert row["label"] == "Monday 12:00"
    assert [answer.status_code for answer in refused] == [422, 422]
    assert "by=hour_of_week" in refused[0].text
