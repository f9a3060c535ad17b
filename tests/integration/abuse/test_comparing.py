"""Links are compared with blocklists when they are made, and with every new list."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import replace

import httpx
import pytest

from tests.integration.api.conftest import AS_ADMIN, BASE_URL, Api
from waypost.adapters.local import IdnaHostNames
from waypost.adapters.memory.abuse import MemoryComparisons
from waypost.adapters.memory.storage import MemoryStorage
from waypost.adapters.sql.abuse.comparisons import SqlComparisons
from waypost.adapters.sql.leadership import SqlLeadership
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.abuse.blocklists import NOTHING_BLOCKED, Blocklist, read_lines
from waypost.ports.abuse.blocklists import Comparisons
from waypost.ports.leadership import Leadership
from waypost.services.abuse import compare
from waypost.services.abuse.compare import CompareLinks

LINKS = "/api/v1/links"


class Lists:
    """Blocklists that the test changes."""

    current: Blocklist = NOTHING_BLOCKED
    problem = ""

    def block(self, *lines: str) -> None:
        """Replace the list."""
        self.current = read_lines(lines, to_ascii=IdnaHostNames().to_ascii)


class Setting:
    """A server with blocklists, and what compares its links."""

    def __init__(
        self,
        storage: MemoryStorage | SqlStorage,
        comparisons: Comparisons,
        leadership: Leadership | None = None,
    ) -> None:
        self.lists = Lists()
        self.api = Api(storage=storage, keys=storage)
        self.app = self.api.create()
        context = self.app.state.context
        links = replace(
            context.links, blocklists=self.lists, are_shorteners_allowed=False
        )
        self.app.state.context = replace(context, links=links)
        self.compare = CompareLinks(
            context=links,
            comparisons=comparisons,
            leadership=leadership,
            settle_seconds=0,
        )
        self.comparisons = comparisons
        transport = httpx.ASGITransport(self.app)
        self.client = httpx.AsyncClient(
            transport=transport, base_url=BASE_URL, headers=AS_ADMIN
        )

    async def make(self, url: str, **more: object) -> str:
        """Return the address of a new link."""
        answer = await self.client.post(LINKS, json={"url": url, **more})
        assert answer.status_code == 201, answer.text
        return f"{LINKS}/{answer.json()['code']}"

    async def quarantine(self, path: str) -> tuple[str, str | None] | None:
        """Return reason and note of a link's quarantine."""
        link = (await self.client.get(path)).json()
        found = link["quarantine"]
        return found and (found["reason"], found["note"])

    async def compare_all(self) -> None:
        """Compare until every link was."""
        for _ in range(50):
            await self.compare.round()
            if (await self.comparisons.last()).is_done:
                return
        raise AssertionError("comparing does not end")


@pytest.fixture(params=["memory", "sqlite"])
async def setting(
    request: pytest.FixtureRequest, database_url: str
) -> AsyncIterator[Setting]:
    """A server over each store."""
    if request.param == "memory":
        yield Setting(MemoryStorage(), MemoryComparisons())
        return
    async with aclosing(
        await SqlStorage.open(database_url, timeout_seconds=60)
    ) as storage:
        leadership = SqlLeadership(storage.database, name="b", lifetime_seconds=60)
        yield Setting(storage, SqlComparisons(storage.database), leadership)


async def test_no_new_link_leads_to_what_is_blocked(setting: Setting) -> None:
    """Neither by its URL nor by another one, nor by a change or by restoring."""
    path = await setting.make("https://good.example/")
    bad = await setting.make("https://bad.example/")
    await setting.client.delete(bad)
    setting.lists.block("bad.example", "good.example/login*")
    client = setting.client
    body = {"url": "https://good.example/", "expired_url": "https://a.bad.example/"}
    edit = {"expired_url": "https://bad.example/"}
    for answer in (
        await client.post(LINKS, json={"url": "https://BAD.example/x"}),
        await client.post(LINKS, json={"url": "https://good.example/login.php"}),
        await client.post(LINKS, json=body),
        await client.post("/api/shorten", json={"url": "https://bad.example./"}),
        await client.patch(path, json={"url": "https://bad.example/"}),
        await client.patch(path, json=edit),
        await client.post(f"{bad}/restore"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (422, "target-blocked")
    rule = {"when": {"os": ["ios"]}, "url": "https://bad.example/ios"}
    ruled = {"url": "https://good.example/", "rules": [rule]}
    answer = await client.post(LINKS, json=ruled)
    assert (answer.status_code, "blocklist" in answer.text) == (422, True)
    items = [{"url": "https://bad.example/"}, {"url": "https://good.example/"}]
    answer = await client.post(f"{LINKS}/bulk", json={"items": items})
    codes = [(one["error"] or {}).get("code") for one in answer.json()["results"]]
    assert codes == ["target-blocked", None]
    # What leads there can be found nevertheless.
    found = await client.get(LINKS, params={"host": "bad.example", "state": "deleted"})
    assert len(found.json()["data"]) == 1


async def test_other_shorteners(setting: Setting) -> None:
    """A link to one of them hides where it leads."""
    for url in ("https://bit.ly/abc", "https://www.TinyURL.com/x"):
        answer = await setting.client.post(LINKS, json={"url": url})
        assert (answer.status_code, answer.json()["code"]) == (422, "target-shortener")
    await setting.make("https://bit.ly.example/")


async def test_existing_links(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are put in quarantine, and released when their entry goes away."""
    monkeypatch.setattr(compare, "COMPARED_AT_ONCE", 2)
    first = await setting.make("https://bad.example/a")
    for number in range(3):
        await setting.make(f"https://good.example/{number}")
    later = await setting.make(
        "https://good.example/", expired_url="https://a.bad.example/"
    )
    rule = {"when": {"os": ["ios"]}, "url": "https://b.bad.example/"}
    ruled = await setting.make("https://good.example/", rules=[rule])
    admins = await setting.make("https://bad.example/b")
    by_admin = {"mode": "warn", "reason": "spam"}
    await setting.client.put(f"{admins}/quarantine", json=by_admin)
    setting.lists.block("bad.example")
    await setting.compare_all()
    assert await setting.quarantine(first) == ("blocklist", "bad.example")
    assert await setting.quarantine(later) == ("blocklist", "bad.example")
    assert await setting.quarantine(ruled) == ("blocklist", "bad.example")
    assert await setting.quarantine(admins) == ("spam", None)
    refused = await setting.client.delete(f"{first}/quarantine")
    assert refused.json()["code"] == "target-blocked"
    assert setting.api.changed, "caches learn of it"
    setting.lists.block("other.example")
    await setting.compare_all()
    assert await setting.quarantine(first) is None
    assert await setting.quarantine(later) is None
    assert await setting.quarantine(admins) == ("spam", None)


async def test_comparing_goes_on_where_it_was(
    setting: Setting, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a restart with the same list; another one begins anew."""
    monkeypatch.setattr(compare, "COMPARED_AT_ONCE", 2)
    paths = [await setting.make("https://bad.example/") for _ in range(4)]
    setting.lists.block("bad.example")
    await setting.compare.round()
    assert [await setting.quarantine(path) is None for path in paths] == [
        *(True, True),
        *(False, False),
    ]
    last = await setting.comparisons.last()
    assert last.fingerprint == setting.lists.current.fingerprint()
    assert not last.is_done
    setting.lists.block("bad.example", "# the same")
    await setting.compare_all()
    assert None not in [await setting.quarantine(path) for path in paths]


async def test_without_lists_nothing_is_compared(setting: Setting) -> None:
    """A server that never had one reads no link and writes nothing."""
    await setting.compare.round()
    assert (await setting.comparisons.last()).fingerprint == ""
