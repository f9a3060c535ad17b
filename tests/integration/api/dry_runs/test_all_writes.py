"""Every call that changes something has a dry run, in which nothing happens."""

import json
from collections.abc import AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

import httpx
import pytest
from sqlalchemy import Connection, select

from tests.fakes import SettableClock
from tests.integration.api.conftest import AS_ADMIN, BASE_URL, Api
from tests.integration.api.dry_runs.calls import CALLS, Call
from waypost.adapters.sql.abuse.reports import SqlAbuseReports
from waypost.adapters.sql.jobs.asked import SqlAskedJobs
from waypost.adapters.sql.orphans.store import SqlOrphans
from waypost.adapters.sql.storage import SqlStorage
from waypost.adapters.sql.tables import metadata
from waypost.api.access.dry_runs import WITHOUT
from waypost.domain.analytics.orphans import OrphanKey, OrphanKind, OrphanTally
from waypost.ports.analytics.orphans import OrphanBatch

WITH_ITS_OWN: Final = {
    # Its dry run is a job that counts, and is looked at like others.
    "ask_for_job"
}
MADE: Final = {"id", "created_at", "updated_at", "deleted_at", "restorable_until"}
IDS: Final = [call.operation for call in CALLS]


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server, and the database under it."""

    api: Api
    client: httpx.AsyncClient
    sql: SqlStorage

    async def seen(self) -> dict[str, object]:
        """Return all that a change may have changed: rows, and what other parts got.

        Lists follow the links when they are read, and events are sent on.
        """
        for path in ("/links", "/tags"):
            await self.client.get(f"/api/v1{path}", headers=AS_ADMIN)
        await self.api.relay.flushed()
        rows = await self.sql.database.read(_rows)
        return rows | {
            "forgotten": [*self.api.forgotten],
            "changed": [*self.api.changed],
            "domains": [*self.api.known.table],
        }


def _rows(connection: Connection) -> dict[str, object]:
    return {
        table.name: sorted(map(repr, connection.execute(select(table))))
        for table in metadata.sorted_tables
    }


@pytest.fixture
async def server(request: pytest.FixtureRequest) -> AsyncIterator[Server]:
    """A server over the database whose URL the fixture of the parameter has."""
    url = request.getfixturevalue(request.param)
    async with aclosing(await SqlStorage.open(url, timeout_seconds=20)) as sql:
        api = Api(
            # Moments that would be are those that are.
            clock=SettableClock(),
            storage=sql,
            keys=sql,
            jobs=SqlAskedJobs(sql.database),
            abuse_reports=SqlAbuseReports(sql.database),
            orphans=SqlOrphans(sql.database),
        )
        assert api.orphans is not None
        visits = {OrphanKey(OrphanKind.UNKNOWN_CODE, "sale", 20_000): _ONE}
        await api.orphans.add(OrphanBatch(source="a", number=1, tallies=visits))
        transport = httpx.ASGITransport(api.create())
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
            yield Server(api=api, client=client, sql=sql)


_ONE: Final = OrphanTally(0, 0, people=1)


async def check(call: Call, server: Server) -> None:
    """Try a call, and then make it."""
    path = await call.prepare(server.client)

    async def send(query: str = "") -> httpx.Response:
        return await server.client.request(
            call.method,
            path + query,
            json=call.body,
            headers=AS_ADMIN | {"Idempotency-Key": call.operation},
        )

    before = await server.seen()
    dry = await send("?dry_run=true")
    assert await server.seen() == before, call.operation
    assert dry.status_code == (200 if call.status == 201 else call.status), dry.text
    assert dry.headers["Dry-Run"] == "true"
    assert not {"ETag", "Location", "Idempotency-Replayed"} & set(dry.headers)
    done = await send("?dry_run=false")
    assert done.status_code == call.status, done.text
    assert "Dry-Run" not in done.headers
    assert await server.seen() != before, call.operation
    if not done.content:
        assert not dry.content
        return
    would, is_now = dry.json(), done.json()
    assert would.keys() == is_now.keys()
    for name, value in would.items():
        if value is not None and name not in call.unlike:
            assert value == is_now[name], (call.operation, name)
    if call.status == 201:
        made = MADE & would.keys() if "host" not in would else {"created_at"}
        assert all(would[name] is None for name in made)


@pytest.mark.parametrize("server", ["database_url"], indirect=True)
@pytest.mark.parametrize("call", CALLS, ids=IDS)
async def test_nothing_happens(call: Call, server: Server) -> None:
    """The answer says what happens when the same is sent without `dry_run`."""
    await check(call, server)


@pytest.mark.parametrize("server", ["migrated_postgres_url"], indirect=True)
async def test_nothing_happens_on_postgresql(server: Server) -> None:
    """No call leaves a row there either."""
    for call in CALLS:
        await check(call, server)


@pytest.mark.parametrize("server", ["database_url"], indirect=True)
async def test_results_of_many(server: Server) -> None:
    """Results say what would be, and null for what would be made; so do streams."""
    (bulk,) = [call for call in CALLS if call.operation == "change_links"]
    path = await bulk.prepare(server.client) + "?dry_run=true"
    answer = await server.client.post(path, json=bulk.body, headers=AS_ADMIN)
    links = [one["link"] for one in answer.json()["results"]]
    of_code = {"code": "bulk-made", "short_url": f"{BASE_URL}/bulk-made"}
    unmade = {"id": None, "code": None, "short_url": None, "version": 1}
    assert links[:4] == [
        unmade,
        {"id": None, **of_code, "version": 1},
        {"id": None, **of_code, "version": 2},
        unmade,
    ]
    assert (links[4]["version"], links[5]) == (2, None)
    assert answer.json()["summary"] == {"succeeded": 5, "failed": 1}
    before = await server.seen()
    lines = b'{"url": "https://example.com"}\n{"url": "nothing"}\n'
    headers = AS_ADMIN | {"Content-Type": "application/jsonl"}
    stream = await server.client.post(path, content=lines, headers=headers)
    assert stream.headers["Dry-Run"] == "true"
    made, refused, end = map(json.loads, stream.text.splitlines())
    assert (made["link"], refused["link"]) == (unmade, None)
    assert end == {"summary": {"succeeded": 1, "failed": 1}}
    assert await server.seen() == before


@pytest.mark.parametrize("server", ["database_url"], indirect=True)
async def test_what_is_joined_has_no_numbers(server: Server) -> None:
    """A tag that would join another one has null for links that may have both."""
    for tag in ("old", "new"):
        body = {"url": "https://example.com", "tags": [tag]}
        await server.client.post("/api/v1/links", json=body, headers=AS_ADMIN)
    answer = await server.client.patch(
        "/api/v1/tags/old?merge=true&dry_run=true",
        json={"name": "new"},
        headers=AS_ADMIN,
    )
    assert (answer.status_code, answer.json()["name"]) == (200, "new")
    assert (answer.json()["links"], answer.json()["clicks"]) == (None, None)


async def test_every_write_is_tried_out(api: Api) -> None:
    """Each write takes `dry_run` and is tried here, or there is a reason."""
    writing, with_it = set(), set()
    for path in api.create().openapi()["paths"].values():
        for method, operation in path.items():
            if method not in {"get", "head"}:
                writing.add(operation["operationId"])
            parameters = operation.get("parameters", ())
            if any(one["name"] == "dry_run" for one in parameters):
                with_it.add(operation["operationId"])
    assert with_it == set(IDS) | WITH_ITS_OWN
    assert writing - with_it == set(WITHOUT)


async def test_calls_without_one_are_not_carried_out(
    api: Api, client: httpx.AsyncClient
) -> None:
    """What has no dry run is refused, also without a key, and nothing happens."""
    body = {"url": "https://example.com", "code": "a"}
    await client.post("/api/v1/links", json=body, headers=AS_ADMIN)
    for path, body in (
        ("/abuse-reports", {"short_url": "a", "reason": "spam"}),
        ("/links/a/simulate", {}),
    ):
        answer = await client.post(f"/api/v1{path}?dry_run=true", json=body)
        answer = await client.post(
            f"/api/v1{path}?dry_run=true", json=body, headers=AS_ADMIN
        )
        assert answer.json()["code"] == "unknown-parameter"
    form = {"short_url": "a", "reason": "spam"}
    answer = await client.post("/report?dry_run=true", data=form)
    assert (answer.status_code, answer.json()["code"]) == (422, "unknown-parameter")
    reports = await client.get("/api/v1/abuse-reports", headers=AS_ADMIN)
    assert reports.json()["data"] == []


async def test_other_spellings_of_the_name(client: httpx.AsyncClient) -> None:
    """An escaped name is the same name; twice is refused."""
    body = {"url": "https://example.com"}
    for query, status in (
        ("dry%5Frun=tru%65", 200),
        ("dry_run=true&dry_run=false", 422),
        ("&dry_run=true&", 200),
    ):
        answer = await client.post(
            f"/api/v1/links?{query}", json=body, headers=AS_ADMIN
        )
        assert answer.status_code == status
