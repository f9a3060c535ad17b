"""Every call that makes or changes something once can be sent again."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass
from typing import Final

import httpx
import pytest

from tests.integration.api.conftest import AS_ADMIN, BASE_URL, Api, openapi_document
from tests.integration.api.repeats.test_once import REPLAYED, named, processes
from waypost.adapters.sql.jobs.asked import SqlAskedJobs
from waypost.adapters.sql.storage import SqlStorage

V1: Final = "/api/v1"
URL: Final = "https://example.com/"
__all__ = ["processes"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A call, and what has to be there before it."""

    operation: str
    method: str
    path: str
    body: Mapping[str, object] | None = None
    before: tuple[tuple[str, str, Mapping[str, object] | None], ...] = ()
    """Calls that are made first; `{id}` of the path is that of the last answer."""
    status: int = 201

    async def prepare(self, client: httpx.AsyncClient) -> str:
        """Make what has to be there; return the path of the call."""
        made: Mapping[str, object] = {}
        for method, path, body in self.before:
            answer = await client.request(
                method, V1 + path, json=body, headers=AS_ADMIN
            )
            assert answer.is_success, answer.text
            made = answer.json()
        return V1 + self.path.replace("{id}", str(made.get("id")))


LINK: Final = ("POST", "/links", {"url": URL, "code": "spring"})
ROUTES: Final = (
    Route(operation="create_link", method="POST", path="/links", body={"url": URL}),
    Route(
        operation="put_link",
        method="PUT",
        path="/links/ext:a",
        body={"url": URL, "password": "swordfish"},
    ),
    Route(
        operation="restore_link",
        method="POST",
        path="/links/spring/restore",
        before=(LINK, ("DELETE", "/links/spring", None)),
        status=200,
    ),
    Route(
        operation="create_key",
        method="POST",
        path="/keys",
        body={"name": "shop", "scopes": ["links:write"]},
    ),
    Route(
        operation="rotate_key",
        method="POST",
        path="/keys/{id}/rotate",
        body={"overlap": "+24h"},
        before=(("POST", "/keys", {"name": "shop", "scopes": ["links:read"]}),),
        status=200,
    ),
    Route(
        operation="add_domain",
        method="POST",
        path="/domains",
        body={"host": "go.acme.com", "root_url": URL},
    ),
    Route(
        operation="say_of_tag",
        method="PUT",
        path="/tags/spring",
        body={"color": "#2f7d32"},
    ),
    Route(
        operation="put_utm_template",
        method="PUT",
        path="/utm-templates/newsletter",
        body={"source": "newsletter"},
    ),
    Route(
        operation="ask_for_job",
        method="POST",
        path="/jobs",
        body={"type": "verify"},
        status=202,
    ),
    Route(
        operation="cancel_job",
        method="POST",
        path="/jobs/{id}/cancel",
        before=(("POST", "/jobs", {"type": "archive"}),),
        status=200,
    ),
)
ELSEWHERE: Final = {
    # `POST /api/shorten` and bulk calls have tests of their own.
    "shorten",
    "change_links",
}
WITHOUT: Final = {
    "simulate_visit": "It changes nothing.",
    "report_abuse": "Anyone may send it, so nothing is kept for it.",
}
IDS: Final = [route.operation for route in ROUTES]


def secretless(answer: httpx.Response) -> object:
    """Return the body of an answer without the secret of a key."""
    body: dict[str, object] = answer.json()
    return body | {"key": None} if "key" in body else body


async def audited(client: httpx.AsyncClient) -> int:
    """Return how many changes the audit trail has."""
    answer = await client.get(f"{V1}/audit", params={"limit": 1000}, headers=AS_ADMIN)
    return len(answer.json()["data"])


@pytest.fixture
async def one(database_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of a server over SQLite."""
    async with aclosing(await SqlStorage.open(database_url, timeout_seconds=20)) as sql:
        api = Api(storage=sql, keys=sql, jobs=SqlAskedJobs(sql.database))
        transport = httpx.ASGITransport(api.create())
        async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
            yield client


@pytest.mark.parametrize("route", ROUTES, ids=IDS)
async def test_a_repeat_changes_nothing(route: Route, one: httpx.AsyncClient) -> None:
    """It gets the first answer, but no secret; and another request is refused."""
    path = await route.prepare(one)
    headers = AS_ADMIN | named()

    async def send(query: str = "", suffix: bytes = b"") -> httpx.Response:
        request = one.build_request(
            route.method, path + query, json=route.body, headers=headers
        )
        if suffix:
            content = request.content + suffix
            request = one.build_request(
                route.method,
                path,
                content=content,
                headers=headers | {"Content-Type": "application/json"},
            )
        return await one.send(request)

    first = await send()
    done = await audited(one)
    again = await send()
    assert first.status_code == again.status_code == route.status, first.text
    assert REPLAYED not in first.headers
    assert again.headers[REPLAYED] == "true"
    assert again.json() == secretless(first)
    if "key" not in first.json():
        assert again.content == first.content
    for header in ("Location", "ETag", "Retry-After", "Content-Type"):
        assert again.headers.get(header) == first.headers.get(header)
    other = await send(suffix=b" ")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency-key-reused")
    assert await audited(one) == done
    if route.operation == "ask_for_job":
        dry = await send(query="?dry_run=true")
        assert dry.json()["code"] == "idempotency-key-reused"


async def test_two_processes_do_it_once(processes: list[httpx.AsyncClient]) -> None:
    """Of two that get the same request at once, one answers as the other does."""
    for route in ROUTES:
        path = await route.prepare(processes[0])
        before = await audited(processes[0])
        answers = await asyncio.gather(
            *(
                client.request(
                    route.method, path, json=route.body, headers=AS_ADMIN | named()
                )
                for client in processes
            )
        )
        seen = [(one.status_code, secretless(one)) for one in answers]
        assert seen[0] == seen[1], route.operation
        assert seen[0][0] == route.status, (route.operation, seen)
        assert [REPLAYED in one.headers for one in answers].count(True) == 1
        assert await audited(processes[0]) == before + 1, route.operation


def test_every_create_can_be_sent_again() -> None:
    """The document names the header at each of them, and here each is tried out."""
    with_header, making = set(), set()
    for path in openapi_document()["paths"].values():
        for method, operation in path.items():
            name = operation["operationId"]
            if method == "post" or "201" in operation["responses"]:
                making.add(name)
            parameters = operation.get("parameters", ())
            if any(one["name"] == "Idempotency-Key" for one in parameters):
                with_header.add(name)
                refused = operation["responses"]
                assert {"409", "422"} <= set(refused), name
    assert with_header == set(IDS) | ELSEWHERE
    assert making - with_header == set(WITHOUT)
