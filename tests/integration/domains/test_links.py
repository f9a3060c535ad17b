"""Links of several domains over the API: made, named, listed, and who may see them."""

from collections.abc import AsyncIterator
from contextlib import aclosing

import httpx
import pytest

from tests.integration.api.access.test_scopes import key_with
from tests.integration.api.conftest import AS_ADMIN, BASE_URL, Api
from waypost.adapters.memory.storage import MemoryStorage
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.access.scopes import KeyScope

LINKS = "/api/v1/links"
DOMAINS = "/api/v1/domains"
ACME = "go.acme.com"
URL = "https://example.com/"
READ, CREATE, WRITE, _, ADMIN = KeyScope


@pytest.fixture(params=["memory", "sqlite"])
async def api(request: pytest.FixtureRequest, database_url: str) -> AsyncIterator[Api]:
    """Parts of a server over each store, which makes no link without a key."""
    opening = SqlStorage.open(database_url, timeout_seconds=60)
    async with aclosing(await opening) as sql:
        store = sql if request.param == "sqlite" else MemoryStorage()
        yield Api(storage=store, keys=store, is_creation_public=False)


@pytest.fixture
async def client(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server with a second domain, with an admin's key."""
    transport = httpx.ASGITransport(api.create())
    async with httpx.AsyncClient(
        transport=transport, base_url=BASE_URL, headers=AS_ADMIN
    ) as made:
        answer = await made.post(DOMAINS, json={"host": ACME})
        assert answer.status_code == 201
        yield made


async def made(client: httpx.AsyncClient, **fields: object) -> dict[str, object]:
    """Make a link and return it."""
    answer = await client.post(LINKS, json={"url": URL, **fields})
    assert answer.status_code == 201, answer.text
    link: dict[str, object] = answer.json()
    return link


def refusal(answer: httpx.Response) -> tuple[int, str]:
    """Return the status and the code of a refusal."""
    return answer.status_code, answer.json()["code"]


async def test_domains_have_codes_of_their_own(client: httpx.AsyncClient) -> None:
    """The same code is two links, and each domain's is taken for that domain alone."""
    theirs = await made(client, code="spring", domain=ACME)
    ours = await made(client, code="spring", url="https://example.org/")
    assert (theirs["domain"], ours["domain"]) == (ACME, "go.example.com")
    assert theirs["short_url"] == "https://go.acme.com/spring"
    assert ours["short_url"] == "https://go.example.com/spring"
    again = await client.post(
        LINKS, json={"url": URL, "code": "spring", "domain": ACME}
    )
    assert refusal(again) == (409, "code-taken")
    generated = await made(client, domain=ACME)
    assert generated["short_url"] == f"https://go.acme.com/{generated['code']}"


@pytest.mark.parametrize("name", ["go.acme.com:spring", "GO.acme.com:spring", "id:{}"])
async def test_a_link_is_named_with_its_domain(
    client: httpx.AsyncClient, name: str
) -> None:
    """Read, changed, simulated, deleted and restored by host and code, or by its id."""
    link = await made(client, code="spring", domain=ACME)
    await made(client, code="spring", url="https://example.org/")
    path = f"{LINKS}/{name.format(link['id'])}"
    assert (await client.get(path)).json()["id"] == link["id"]
    changed = await client.patch(path, json={"title": "Spring"})
    assert (changed.status_code, changed.json()["title"]) == (200, "Spring")
    verdict = await client.post(f"{path}/simulate", json={"visit": {}})
    assert verdict.json()["location"] == URL
    history = (await client.get(f"{path}/history")).json()["data"]
    assert {entry["resource"]["id"] for entry in history} == {str(link["id"])}
    assert (await client.delete(path)).json()["state"] == "deleted"
    assert (await client.post(f"{path}/restore")).json()["state"] == "active"
    ours = (await client.get(f"{LINKS}/spring")).json()
    assert (ours["url"], ours["title"]) == ("https://example.org/", None)


async def test_the_location_of_a_new_link_leads_to_it(
    client: httpx.AsyncClient,
) -> None:
    """Also where its domain is another one."""
    answer = await client.post(LINKS, json={"url": URL, "domain": ACME})
    found = await client.get(answer.headers["location"])
    assert found.json()["id"] == answer.json()["id"]


@pytest.mark.parametrize(
    "name", ["other.example:spring", ":spring", "go.acme.com:", "a:b:c"]
)
async def test_a_name_of_no_domain_is_of_no_link(
    client: httpx.AsyncClient, name: str
) -> None:
    """It is not found, with any text before the colon."""
    await made(client, code="spring")
    answer = await client.get(f"{LINKS}/{name}")
    assert refusal(answer) == (404, "link-not-found")


async def test_a_new_link_needs_a_domain_that_there_is(
    client: httpx.AsyncClient,
) -> None:
    """Others are a wrong field; one that is disabled gets no links."""
    for domain in ("none.example", ""):
        answer = await client.post(LINKS, json={"url": URL, "domain": domain})
        assert refusal(answer) == (422, "invalid-request")
        (error,) = answer.json()["errors"]
        assert (error["field"], error["code"]) == ("domain", "domain-not-found")
    await client.patch(f"{DOMAINS}/{ACME}", json={"state": "disabled"})
    answer = await client.post(LINKS, json={"url": URL, "domain": ACME})
    assert refusal(answer) == (422, "option-conflict")


async def test_new_links_get_what_the_domain_says(client: httpx.AsyncClient) -> None:
    """Where the client says nothing; changing it changes no link."""
    defaults = {"redirect_status": 301, "forward_query": True}
    await client.patch(f"{DOMAINS}/{ACME}", json={"defaults": defaults})
    plain = await made(client, domain=ACME)
    own = await made(client, domain=ACME, redirect_status=302, forward_query=None)
    other = await made(client)
    assert (plain["redirect_status"], plain["forward_query"]) == (301, True)
    assert (own["redirect_status"], own["forward_query"]) == (302, False)
    assert (other["redirect_status"], other["forward_query"]) == (307, False)
    await client.patch(
        f"{DOMAINS}/{ACME}", json={"defaults": {"redirect_status": None}}
    )
    same = await client.get(f"{LINKS}/id:{plain['id']}")
    assert same.json()["redirect_status"] == 301


async def test_a_list_is_of_the_domains_that_are_named(
    client: httpx.AsyncClient,
) -> None:
    """One, several or all; a code is found in the one that is named."""
    await made(client, code="spring", domain=ACME)
    await made(client, code="spring")
    await made(client, code="summer", domain=ACME)

    async def listed(query: str) -> list[str]:
        answer = await client.get(f"{LINKS}?sort=code&{query}")
        assert answer.status_code == 200, answer.text
        return [
            one["short_url"].removeprefix("https://") for one in answer.json()["data"]
        ]

    theirs = ["go.acme.com/spring", "go.acme.com/summer"]
    assert await listed("domain=go.acme.com") == theirs
    assert await listed("domain=go.example.com") == ["go.example.com/spring"]
    both = await listed("domain=go.example.com&domain=go.acme.com")
    assert sorted(both) == [*theirs, "go.example.com/spring"]
    assert len(await listed("")) == 3
    assert await listed("code=spring&domain=go.acme.com") == theirs[:1]
    assert await listed("code=spring") == ["go.example.com/spring"]
    unknown = await client.get(f"{LINKS}?domain=none.example")
    assert refusal(unknown) == (422, "invalid-request")


async def test_a_domain_with_links_stays(client: httpx.AsyncClient) -> None:
    """Once they are deleted, it can go; their codes stay used if it comes back."""
    await made(client, code="spring", domain=ACME)
    path = f"{DOMAINS}/{ACME}"
    assert refusal(await client.delete(path)) == (409, "domain-in-use")
    assert (await client.get(path)).json()["links"] == 1
    await client.delete(f"{LINKS}/go.acme.com:spring")
    assert (await client.delete(path)).status_code == 204
    await client.post(DOMAINS, json={"host": ACME})
    answer = await client.post(
        LINKS, json={"url": URL, "code": "spring", "domain": ACME}
    )
    assert refusal(answer) == (409, "code-taken")


async def test_no_link_leads_to_any_of_the_domains(client: httpx.AsyncClient) -> None:
    """Each of them is this server."""
    for url in ("https://go.acme.com/x", "http://GO.acme.com", "https://go.acme.com./"):
        answer = await client.post(LINKS, json={"url": url})
        assert refusal(answer) == (422, "target-own-link")
    assert (await made(client, url="https://acme.com/"))["url"] == "https://acme.com/"


async def test_many_links_of_several_domains(client: httpx.AsyncClient) -> None:
    """Items make and name links of each domain."""
    await made(client, code="spring")
    items = [
        {"url": URL, "code": "spring", "domain": ACME},
        {"op": "update", "link": "go.acme.com:spring", "title": "Theirs"},
        {"op": "update", "link": "spring", "title": "Ours"},
        {"url": URL, "domain": "none.example"},
    ]
    answer = await client.post(f"{LINKS}/bulk", json={"items": items})
    assert answer.json()["summary"] == {"succeeded": 3, "failed": 1}
    results = answer.json()["results"]
    assert results[0]["link"]["short_url"] == "https://go.acme.com/spring"
    assert results[3]["error"]["code"] == "domain-not-found"
    titles = [
        (await client.get(f"{LINKS}/{name}")).json()["title"]
        for name in ("go.acme.com:spring", "spring")
    ]
    assert titles == ["Theirs", "Ours"]


async def test_the_same_link_is_looked_for_in_the_domain(
    client: httpx.AsyncClient,
) -> None:
    """`reuse` finds no link of another one."""
    ours = await made(client, url="https://example.org/")
    wanted = {"url": "https://example.org/", "reuse": True}
    assert (await client.post(LINKS, json=wanted)).json()["id"] == ours["id"]
    other = await client.post(LINKS, json=wanted | {"domain": ACME})
    assert (other.status_code, other.json()["domain"]) == (201, ACME)
    again = await client.post(LINKS, json=wanted | {"domain": ACME})
    assert (again.status_code, again.json()["id"]) == (200, other.json()["id"])


async def test_a_key_is_for_links_of_its_domains(
    client: httpx.AsyncClient, api: Api
) -> None:
    """It makes no others, and sees no others."""
    await made(client, code="spring")
    await made(client, code="spring", domain=ACME)
    text = await key_with(api, WRITE, domains=(ACME,))
    client.headers = httpx.Headers({"Authorization": f"Bearer {text}"})
    assert (await made(client, domain=ACME))["domain"] == ACME
    short = await client.post("/api/shorten", json={"url": URL})
    assert refusal(short) == (403, "domain-not-allowed")
    other = await client.post(LINKS, json={"url": URL})
    assert refusal(other) == (403, "domain-not-allowed")
    assert "go.acme.com" in other.json()["detail"]
    for call in (
        await client.get(f"{LINKS}/spring"),
        await client.patch(f"{LINKS}/spring", json={"title": "x"}),
        await client.delete(f"{LINKS}/spring"),
        await client.post(f"{LINKS}/spring/simulate", json={"visit": {}}),
    ):
        assert refusal(call) == (404, "link-not-found")
    assert (await client.get(f"{LINKS}/go.acme.com:spring")).status_code == 200
    seen = (await client.get(LINKS)).json()["data"]
    assert {one["domain"] for one in seen} == {ACME}
    named = await client.get(f"{LINKS}?domain=go.example.com")
    assert refusal(named) == (403, "domain-not-allowed")
    domains = (await client.get(DOMAINS)).json()["data"]
    assert [one["host"] for one in domains] == [ACME]
    hidden = await client.get(f"{DOMAINS}/go.example.com")
    assert refusal(hidden) == (404, "domain-not-found")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/api/v1/tags"),
        ("GET", "/api/v1/audit"),
        ("POST", DOMAINS),
        ("PATCH", f"{DOMAINS}/{ACME}"),
        ("DELETE", "/api/v1/unknown-codes"),
    ],
)
async def test_a_bound_key_gets_nothing_that_is_of_all_domains(
    client: httpx.AsyncClient, api: Api, method: str, path: str
) -> None:
    """What does not look at domains is for keys of all domains."""
    await made(client, code="spring", domain=ACME)
    text = await key_with(api, ADMIN, domains=(ACME,))
    client.headers = httpx.Headers({"Authorization": f"Bearer {text}"})
    answer = await client.request(method, path, json={} if method != "GET" else None)
    assert refusal(answer) == (403, "domain-not-allowed")


async def test_keys_are_made_for_domains_that_there_are(
    client: httpx.AsyncClient,
) -> None:
    """Each of the server's own, and no other."""
    body = {"name": "acme", "scopes": ["links:read"], "domains": [ACME]}
    assert (await client.post("/api/v1/keys", json=body)).status_code == 201
    other = await client.post("/api/v1/keys", json=body | {"domains": ["x.example"]})
    assert refusal(other) == (422, "invalid-request")


async def test_a_complaint_is_about_the_link_of_its_domain(
    client: httpx.AsyncClient,
) -> None:
    """Confirming it stops that link, and not the one of another domain."""
    await made(client, code="spring")
    theirs = await made(client, code="spring", domain=ACME)
    complaint = {"short_url": "https://go.acme.com/spring", "reason": "phishing"}
    await client.post("/api/v1/abuse-reports", json=complaint)
    (report,) = (await client.get("/api/v1/abuse-reports")).json()["data"]
    assert report["link"] == {"id": theirs["id"], "code": "spring"}
    assert report["short_url"] == complaint["short_url"]
    await client.patch(
        f"/api/v1/abuse-reports/{report['id']}", json={"state": "confirmed"}
    )
    states = [
        (await client.get(f"{LINKS}/{name}")).json()["state"]
        for name in ("go.acme.com:spring", "spring")
    ]
    assert states == ["quarantined", "active"]
