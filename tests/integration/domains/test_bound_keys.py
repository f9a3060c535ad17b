"""What keys that are bound to a domain get, and what they do not, route by route."""

from datetime import timedelta

import httpx
import pytest

from tests.integration.api.access.test_scopes import bearer, key_with
from tests.integration.api.bulk.test_calls import states
from tests.integration.api.conftest import Api
from tests.integration.api.reports.stored import add_clicks, click
from tests.integration.domains.test_links import (
    ACME,
    ADMIN,
    DOMAINS,
    LINKS,
    URL,
    api,
    client,
    made,
    refusal,
)
from waypost.domain.analytics.orphans import OrphanKey, OrphanKind, OrphanTally
from waypost.ports.analytics.orphans import OrphanBatch
from waypost.services.reports import link_names

__all__ = ["api", "client"]
OURS = "go.example.com"
REPORTS = [
    "reports/totals?",
    "reports/series?",
    "reports/breakdown?by=link&",
    "reports/clicks?",
    "exports/clicks?format=jsonl&columns=domain,code&",
]


async def two_links(client: httpx.AsyncClient, api: Api) -> tuple[int, int]:
    """Make `spring` in both domains: the ids of ours, with 2 clicks, and theirs."""
    ours, theirs = [
        int(str((await made(client, code="spring", domain=host))["id"]))
        for host in (OURS, ACME)
    ]
    now, hour = api.clock.now(), timedelta(hours=1)
    await add_clicks(
        api,
        click(1, link_id=ours, at=now, ago=hour),
        click(2, link_id=ours, at=now, ago=hour),
        click(3, link_id=theirs, at=now, ago=hour),
    )
    return ours, theirs


async def bound(client: httpx.AsyncClient, api: Api, host: str = ACME) -> None:
    """Let *client* send a key that is bound to *host*."""
    key = await key_with(api, ADMIN, domains=(host,))
    client.headers = httpx.Headers(bearer(key))


def clicks_in(answer: httpx.Response) -> int:
    """Return how many clicks an answer to one of `REPORTS` shows."""
    assert answer.status_code == 200, answer.text
    if "exports" in str(answer.url):
        return len(answer.text.splitlines())
    body = answer.json()
    if "reports/clicks" in str(answer.url):
        return len(body["data"])
    rows = body.get("data", [body])
    return sum(int(row["clicks"]["all"]) for row in rows)


@pytest.mark.parametrize("path", REPORTS)
async def test_reports_are_of_a_domain(
    client: httpx.AsyncClient, api: Api, path: str
) -> None:
    """By `domain`, and without it of the domains of the key, which gets no others."""
    ours, _ = await two_links(client, api)
    url = f"/api/v1/{path}"
    assert clicks_in(await client.get(url)) == 3
    assert clicks_in(await client.get(f"{url}domain={ACME}")) == 1
    assert clicks_in(await client.get(f"{url}domain={OURS}&period=all")) == 2
    assert clicks_in(await client.get(f"{url}domain={ACME}&domain={OURS}")) == 3
    assert clicks_in(await client.get(f"{url}domain={ACME}&link=spring")) == 0
    unknown = await client.get(f"{url}domain=none.example")
    assert refusal(unknown) == (422, "invalid-request")
    await bound(client, api)
    assert clicks_in(await client.get(url)) == 1
    assert clicks_in(await client.get(f"{url}link={ACME}:spring")) == 1
    await refuses_ours(client, url, ours)


@pytest.mark.parametrize("path", REPORTS)
async def test_reports_are_of_a_tag(
    client: httpx.AsyncClient, api: Api, path: str
) -> None:
    """Of the links that have it, within those that are named and that a key sees."""
    await two_links(client, api)
    for name, tags in (("spring", ["Ours", "all"]), (f"{ACME}:spring", ["all"])):
        tagged = await client.patch(f"{LINKS}/{name}", json={"tags": tags})
        assert tagged.status_code == 200, tagged.text
    url = f"/api/v1/{path}"
    assert clicks_in(await client.get(f"{url}tag=ours")) == 2
    assert clicks_in(await client.get(f"{url}tag=ALL&period=all")) == 3
    assert clicks_in(await client.get(f"{url}tag=ours&tag=all")) == 3
    assert clicks_in(await client.get(f"{url}tag=all&domain={ACME}")) == 1
    assert clicks_in(await client.get(f"{url}tag=ours&link={ACME}:spring")) == 0
    none = await client.get(f"{url}tag=none")
    assert refusal(none) == (404, "tag-not-found")
    await bound(client, api)
    assert clicks_in(await client.get(f"{url}tag=all")) == 1
    assert refusal(await client.get(f"{url}tag=ours")) == (404, "tag-not-found")


async def refuses_ours(client: httpx.AsyncClient, url: str, ours: int) -> None:
    """Check that the link *ours* is seen under no name, nor the domain that has it."""
    for name in ("spring", f"id:{ours}"):
        answer = await client.get(f"{url}link={name}")
        assert refusal(answer) == (404, "link-not-found")
    other = await client.get(f"{url}domain={OURS}")
    assert refusal(other) == (403, "domain-not-allowed")


async def test_others_are_not_watched(client: httpx.AsyncClient, api: Api) -> None:
    """A live report of another domain is refused before it begins."""
    ours, _ = await two_links(client, api)
    await bound(client, api)
    await refuses_ours(client, "/api/v1/reports/live?", ours)


async def test_a_report_of_too_many_links(
    client: httpx.AsyncClient, api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is refused, and says how to ask."""
    await two_links(client, api)
    monkeypatch.setattr(link_names, "MOST_OF_DOMAINS", 0)
    answer = await client.get(f"/api/v1/reports/totals?domain={ACME}")
    assert refusal(answer) == (422, "range-too-large")
    assert "name domains that have fewer" in answer.json()["detail"]


async def test_links_are_exported_by_domain(
    client: httpx.AsyncClient, api: Api
) -> None:
    """A bound key takes none of another domain away."""
    await two_links(client, api)
    url = "/api/v1/exports/links?format=jsonl&columns=domain"
    assert len((await client.get(url)).text.splitlines()) == 2
    named = (await client.get(f"{url}&domain={OURS}")).text
    assert OURS in named
    assert ACME not in named
    await bound(client, api)
    seen = (await client.get(url)).text
    assert ACME in seen
    assert OURS not in seen
    other = await client.get(f"{url}&domain={OURS}")
    assert refusal(other) == (403, "domain-not-allowed")


async def test_a_bound_key_puts_and_reads_history(
    client: httpx.AsyncClient, api: Api
) -> None:
    """Of links of its domain, made or there already; ids of others are not found."""
    ours, theirs = await two_links(client, api)
    await bound(client, api)
    put = await client.put(f"{LINKS}/{ACME}:spring", json={"url": URL, "title": "x"})
    assert (put.status_code, put.json()["id"]) == (200, theirs)
    new = await client.put(f"{LINKS}/{ACME}:autumn", json={"url": URL})
    assert (new.status_code, new.json()["domain"]) == (201, ACME)
    for name, expected in (
        ("spring", (403, "domain-not-allowed")),
        ("autumn", (403, "domain-not-allowed")),
        ("ext:order-1", (403, "domain-not-allowed")),
        (f"id:{ours}", (404, "link-not-found")),
    ):
        answer = await client.put(f"{LINKS}/{name}", json={"url": URL})
        assert refusal(answer) == expected, name
    history = await client.get(f"{LINKS}/{ACME}:spring/history")
    assert len(history.json()["data"]) == 2
    for name in ("spring", f"id:{ours}"):
        answer = await client.get(f"{LINKS}/{name}/history")
        assert refusal(answer) == (404, "link-not-found")


async def test_a_bound_key_in_bulk(client: httpx.AsyncClient, api: Api) -> None:
    """Items of its domain are done, and each of another one has its error."""
    ours, _ = await two_links(client, api)
    await bound(client, api)
    items = [
        {"url": URL, "domain": ACME},
        {"url": URL},
        {"url": URL, "reuse": True, "domain": OURS},
        {"op": "put", "link": f"{ACME}:put", "url": URL},
        {"op": "put", "link": "put", "url": URL},
        {"op": "put", "link": "ext:order-1", "url": URL},
        {"op": "update", "link": f"{ACME}:spring", "title": "Theirs"},
        {"op": "update", "link": "spring", "title": "Stolen"},
        {"op": "put", "link": f"id:{ours}", "url": URL},
        {"op": "delete", "link": f"id:{ours}"},
        {"op": "restore", "link": "spring"},
        {"url": URL, "reuse": True, "domain": "none.example"},
    ]
    answer = await client.post(f"{LINKS}/bulk", json={"items": items})
    denied, missing = (403, "domain-not-allowed"), (404, "link-not-found")
    assert list(states(answer))[:-1] == [
        *((201, None), denied, denied, (201, None), denied, missing),
        *((200, None), missing, missing, missing, missing),
    ]
    assert states(answer)[-1][1] == "domain-not-found"


async def test_unknown_codes_are_listed_by_domain(
    client: httpx.AsyncClient, api: Api
) -> None:
    """The same code of two domains is two rows, each with the link that is near."""
    await made(client, code="spring", domain=ACME)
    tally = OrphanTally(first_ms=1, last_ms=2, people=1)
    tallies = {
        OrphanKey(OrphanKind.UNKNOWN_CODE, "sprnig", 1, domain): tally
        for domain in ("", ACME)
    }
    assert api.orphans is not None
    await api.orphans.add(OrphanBatch(source="one", number=1, tallies=tallies))

    async def rows(query: str = "") -> list[tuple[str, str | None]]:
        found, cursor = [], ""
        while True:
            url = f"/api/v1/unknown-codes?limit=1{query}{cursor}"
            body = (await client.get(url)).json()
            found += [(one["domain"], one["nearest"]) for one in body["data"]]
            if body["next_cursor"] is None:
                return found
            cursor = f"&cursor={body['next_cursor']}"

    assert await rows() == [(OURS, None), (ACME, "spring")]
    assert await rows(f"&domain={OURS}") == [(OURS, None)]
    await bound(client, api)
    assert await rows() == [(ACME, "spring")]


async def test_robots_txt_is_of_the_domain_that_is_asked(
    client: httpx.AsyncClient,
) -> None:
    """Each has its own links."""
    await made(client, code="theirs", domain=ACME, crawlable=True)
    await made(client, code="ours", crawlable=True)
    own = (await client.get("/robots.txt")).text
    other = (await client.get("/robots.txt", headers={"Host": ACME})).text
    assert "Allow: /ours$" in own
    assert "theirs" not in own
    assert "Allow: /theirs$" in other
    assert "ours" not in other


async def test_a_template_has_the_domain_of_the_link(
    client: httpx.AsyncClient,
) -> None:
    """Also where a link is changed or put."""
    await client.put("/api/v1/utm-templates/one", json={"source": "{domain}"})
    await made(client, code="spring", domain=ACME)
    path, body = f"{LINKS}/{ACME}:spring", {"utm_template": "one"}
    changed = await client.patch(path, json=body)
    assert changed.json()["utm"]["source"] == ACME, changed.text
    put = await client.put(path, json=body | {"url": URL})
    assert put.json()["utm"]["source"] == ACME
    assert (await client.get(f"{DOMAINS}/{ACME}")).json()["links"] == 1


async def test_domains_with_keys_are_not_removed(
    client: httpx.AsyncClient, api: Api
) -> None:
    """Keys that are bound to it are named; those that are revoked do not count."""
    key = await client.post(
        "/api/v1/keys",
        json={"name": "Shop", "scopes": ["links:read"], "domains": [ACME]},
    )
    path = f"{DOMAINS}/{ACME}"
    refused = await client.delete(path)
    assert refusal(refused) == (409, "domain-in-use")
    assert f"Shop ({key.json()['id']})" in refused.json()["detail"]
    assert (await client.delete(f"/api/v1/keys/{key.json()['id']}")).status_code < 300
    assert (await client.delete(path)).status_code == 204
