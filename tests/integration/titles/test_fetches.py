"""Titles are fetched after links are made, and never replace what editors have set."""

import asyncio
from dataclasses import dataclass, field

import httpx
import pytest
from fastapi import FastAPI
from structlog.testing import capture_logs

from tests.contract.stored import link
from tests.integration.api.conftest import AS_ADMIN, BASE_URL, Api
from waypost.api.context import ApiContext
from waypost.domain.titles.when import FetchTitles
from waypost.ports.titles.fetching import Fetched, FetchOutcome
from waypost.services.titles.fetches import FetchWantedTitles
from waypost.services.wanted.titles import MOST_WAITING, WantedTitles
from waypost.telemetry.metrics import Metrics

LINKS = "/api/v1/links"
PAGE = "https://example.com/page"


@dataclass
class Fetcher:
    """Finds a title, after what happens meanwhile."""

    app: FastAPI
    asked: list[str] = field(default_factory=list)
    outcome: FetchOutcome = FetchOutcome.FOUND
    meanwhile: dict[str, object] = field(default_factory=dict)

    async def fetch(self, url: str) -> Fetched:
        """Note the URL, and change the link."""
        self.asked.append(url)
        if self.meanwhile:
            async with client_of(self.app) as client:
                await client.patch(f"{LINKS}/a", json=self.meanwhile)
        title = "Fetched" if self.outcome is FetchOutcome.FOUND else None
        return Fetched(self.outcome, title)


def client_of(app: FastAPI) -> httpx.AsyncClient:
    """Return a client that may do everything."""
    transport = httpx.ASGITransport(app)
    return httpx.AsyncClient(transport=transport, base_url=BASE_URL, headers=AS_ADMIN)


@pytest.fixture(params=[FetchTitles.ON_REQUEST, FetchTitles.ON])
def when(request: pytest.FixtureRequest) -> FetchTitles:
    """For which links titles are fetched."""
    wanted: FetchTitles = request.param
    return wanted


@pytest.fixture
async def app(when: FetchTitles) -> FastAPI:
    """A server that fetches titles."""
    return Api(titles=WantedTitles(when)).create()


async def make(app: FastAPI, **fields: object) -> httpx.Response:
    """Make the link `a`."""
    async with client_of(app) as client:
        body = {"url": PAGE, "code": "a", **fields}
        return await client.post(LINKS, json=body)


async def fetched(app: FastAPI, fetcher: Fetcher) -> dict[str, object]:
    """Fetch all that waits, and return the link `a`."""
    context: ApiContext = app.state.context
    work = FetchWantedTitles(context.links, fetcher, context.metrics.titles)
    while True:
        try:
            async with asyncio.timeout(0.2):
                await work.fetch_next()
        except TimeoutError:
            break
    async with client_of(app) as client:
        found: dict[str, object] = (await client.get(f"{LINKS}/a")).json()
    return found


async def test_a_title_is_fetched_when_asked(app: FastAPI) -> None:
    """The answer does not wait for it; it is a change by the server."""
    made = await make(app, fetch_title=True)
    assert made.json()["title"] is None
    fetcher = Fetcher(app)
    found = await fetched(app, fetcher)
    assert (found["title"], fetcher.asked) == ("Fetched", [PAGE])
    async with client_of(app) as client:
        (change, _) = (await client.get(f"{LINKS}/a/history")).json()["data"]
    assert (change["actor"]["type"], change["after"]) == (
        "server",
        {"title": "Fetched"},
    )


async def test_a_title_is_fetched_for_a_link_of_another_domain(app: FastAPI) -> None:
    """And not for the link that has the same code elsewhere."""
    async with client_of(app) as client:
        added = await client.post("/api/v1/domains", json={"host": "go.acme.com"})
        assert added.status_code == 201
        await make(app, title="Ours")
        await make(app, domain="go.acme.com", url=f"{PAGE}/2", fetch_title=True)
        fetcher = Fetcher(app)
        assert (await fetched(app, fetcher))["title"] == "Ours"
        theirs = (await client.get(f"{LINKS}/go.acme.com:a")).json()
    assert (theirs["title"], fetcher.asked) == ("Fetched", [f"{PAGE}/2"])


@pytest.mark.parametrize("asked", [None, False])
async def test_a_title_is_fetched_as_the_server_is_set(
    app: FastAPI, when: FetchTitles, *, asked: bool | None
) -> None:
    """Unless the client says no."""
    fields = {} if asked is None else {"fetch_title": asked}
    await make(app, **fields)
    found = await fetched(app, Fetcher(app))
    is_fetched = when is FetchTitles.ON and asked is None
    assert found["title"] == ("Fetched" if is_fetched else None)


@pytest.mark.parametrize(
    ("meanwhile", "title"),
    [
        ({"title": "Mine"}, "Mine"),
        ({"url": "https://example.com/other", "fetch_title": False}, None),
        ({"notes": "N"}, "Fetched"),
    ],
)
async def test_what_an_editor_sets_meanwhile_stays(
    app: FastAPI, meanwhile: dict[str, object], title: str | None
) -> None:
    """A title, or another page; other changes do not matter."""
    await make(app, fetch_title=True)
    found = await fetched(app, Fetcher(app, meanwhile=meanwhile))
    assert found["title"] == title
    assert {name: found[name] for name in meanwhile if name != "fetch_title"} == {
        name: value for name, value in meanwhile.items() if name != "fetch_title"
    }


async def test_no_title_is_fetched_for_a_link_that_has_one(app: FastAPI) -> None:
    """Nor for one that is deleted meanwhile; a change can ask, too."""
    fetcher = Fetcher(app)
    await make(app, fetch_title=True, title="Mine")
    assert (await fetched(app, fetcher))["title"] == "Mine"
    assert fetcher.asked == []
    async with client_of(app) as client:
        body = {"title": None, "fetch_title": True}
        await client.patch(f"{LINKS}/a", json=body)
        await client.delete(f"{LINKS}/a")
    assert (await fetched(app, fetcher))["title"] is None
    assert fetcher.asked == [PAGE]


async def test_many_links_get_their_titles(app: FastAPI) -> None:
    """Items ask as requests do."""
    items = [
        {"url": PAGE, "code": "a", "fetch_title": True},
        {"url": f"{PAGE}/b", "code": "b", "title": "B"},
        {"op": "update", "link": "b", "title": None, "fetch_title": True},
    ]
    async with client_of(app) as client:
        await client.post(f"{LINKS}/bulk", json={"items": items})
    fetcher = Fetcher(app)
    assert (await fetched(app, fetcher))["title"] == "Fetched"
    assert sorted(fetcher.asked) == [PAGE, f"{PAGE}/b"]


async def test_how_fetches_end_is_counted(app: FastAPI) -> None:
    """A page that leads back is named in the log, by its code."""
    await make(app, fetch_title=True)
    with capture_logs() as logs:
        found = await fetched(app, Fetcher(app, outcome=FetchOutcome.LOOP))
    assert found["title"] is None
    assert [(one["event"], one["code"]) for one in logs if "code" in one] == [
        ("title.target_loop", "a")
    ]
    context: ApiContext = app.state.context
    counter = context.metrics.titles.fetches.labels(FetchOutcome.LOOP)
    assert counter._value.get() == 1


@pytest.mark.parametrize(
    "url", ["http://10.0.0.1/", "http://db.internal/x", "http://[fe80::1]/"]
)
async def test_a_private_target_is_not_to_be_fetched(app: FastAPI, url: str) -> None:
    """A link may lead there nevertheless."""
    refused = await make(app, url=url, fetch_title=True)
    assert (refused.status_code, refused.json()["code"]) == (422, "target-private")
    assert (await make(app, url=url)).status_code == 201


async def test_a_server_that_fetches_nothing_says_so() -> None:
    """It names the setting."""
    refused = await make(Api().create(), fetch_title=True)
    assert (refused.status_code, refused.json()["code"]) == (409, "feature-off")
    assert "FETCH_TITLES" in refused.json()["detail"]


@pytest.mark.parametrize("asked", [None, True])
async def test_what_a_password_hides_is_fetched_only_when_asked(
    *, asked: bool | None
) -> None:
    """A preview shows the title of such a link, and not where it leads."""
    app = Api(titles=WantedTitles(FetchTitles.ON)).create()
    made = await make(app, password="open sesame", fetch_title=asked)
    assert made.status_code == 201, made.text
    found = await fetched(app, Fetcher(app))
    assert found["title"] == ("Fetched" if asked else None)


async def test_only_so_many_wait() -> None:
    """What comes beyond is counted and dropped."""
    dropped = Metrics().titles.dropped
    titles = WantedTitles(FetchTitles.ON, dropped=dropped)
    for number in range(MOST_WAITING + 2):
        titles.want(link(number), asked=None)
    assert dropped._value.get() == 2
