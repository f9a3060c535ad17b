"""A request that is sent again under the same Idempotency-Key is carried out once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, aclosing
from typing import Final

import httpx
import pytest

from tests.fakes import SettableClock
from tests.integration.api.access.test_scopes import bearer, key_with
from tests.integration.api.conftest import AS_ADMIN, BASE_URL, Api
from waypost.adapters.sql.jobs.asked import SqlAskedJobs
from waypost.adapters.sql.storage import SqlStorage
from waypost.domain.access.scopes import KeyScope
from waypost.services.requests.forget_answers import ForgetAnswers

LINKS: Final = "/api/v1/links"
KEYS: Final = "/api/v1/keys"
PATHS: Final = (LINKS, "/api/shorten")
URL: Final = "https://example.com/"
REPLAYED: Final = "Idempotency-Replayed"


def named(key: str = "order-77") -> dict[str, str]:
    """Return the header."""
    return {"Idempotency-Key": key}


async def links_in(api: Api) -> int:
    """Return how many links there are."""
    return len(await api.storage.links.newest(limit=1_000))


@pytest.mark.parametrize("path", PATHS)
async def test_a_repeat_gets_the_first_answer(
    path: str, api: Api, client: httpx.AsyncClient
) -> None:
    """Byte for byte, with its headers, also once the link has changed."""
    first = await client.post(path, json={"url": URL}, headers=named())
    code = first.json().get("code") or first.json()["short_code"]
    edit = {"url": "https://example.com/new"}
    await client.patch(f"{LINKS}/{code}", json=edit, headers=AS_ADMIN)
    again = await client.post(path, json={"url": URL}, headers=named('"order-77"'))
    assert first.status_code == again.status_code == 201
    assert again.content == first.content
    for header in ("Location", "ETag", "Content-Type"):
        assert again.headers.get(header) == first.headers.get(header)
    assert REPLAYED not in first.headers
    assert again.headers[REPLAYED] == "true"
    assert await links_in(api) == 1


@pytest.mark.parametrize("path", PATHS)
async def test_another_body_is_refused(path: str, client: httpx.AsyncClient) -> None:
    """Also one that says the same in other words: bytes are compared."""
    await client.post(path, json={"url": URL}, headers=named())
    answer = await client.post(
        path,
        content=b'{ "url": "https://example.com/" }',
        headers=named() | {"Content-Type": "application/json"},
    )
    assert answer.status_code == 422
    assert answer.json()["code"] == "idempotency-key-reused"


async def test_paths_and_clients_are_apart(api: Api, client: httpx.AsyncClient) -> None:
    """The same name of another client, or at another path, is another request."""
    keys = [await key_with(api, KeyScope.LINKS_WRITE) for _ in range(2)]
    for headers in ({}, *map(bearer, keys)):
        for path in PATHS:
            answer = await client.post(
                path, json={"url": URL}, headers=headers | named()
            )
            assert REPLAYED not in answer.headers
    assert await links_in(api) == 6


@pytest.mark.parametrize("path", PATHS)
async def test_a_refusal_is_not_kept(
    path: str, api: Api, client: httpx.AsyncClient
) -> None:
    """The corrected body is taken under the same key, also where the code was taken."""
    field = "code" if path == LINKS else "custom_code"
    await client.post(path, json={"url": URL, field: "taken"})
    for body, status in (
        ({"url": "nothing"}, 422),
        ({"url": URL, field: "taken"}, 409),
        ({"url": URL, field: "free"}, 201),
    ):
        answer = await client.post(path, json=body, headers=named())
        assert (answer.status_code, REPLAYED in answer.headers) == (status, False)
    assert await links_in(api) == 2


async def test_a_link_that_was_found_is_kept(
    api: Api, client: httpx.AsyncClient
) -> None:
    """`reuse` finds the same link again, even if a newer one would do as well."""
    body = {"url": URL, "reuse": True}
    made = await client.post(LINKS, json={"url": URL}, headers=AS_ADMIN)
    first = await client.post(LINKS, json=body, headers=AS_ADMIN | named())
    await client.post(LINKS, json={"url": URL}, headers=AS_ADMIN)
    again = await client.post(LINKS, json=body, headers=AS_ADMIN | named())
    assert first.status_code == again.status_code == 200
    assert again.headers[REPLAYED] == "true"
    assert again.json() == first.json() == made.json()
    assert await links_in(api) == 2


@pytest.mark.parametrize("key", ["", '""', "a b", "ü", "x" * 256])
async def test_a_wrong_key_is_refused(key: str, client: httpx.AsyncClient) -> None:
    """It has 1 to 255 printable characters of ASCII."""
    headers = [(b"Idempotency-Key", key.encode())]
    answer = await client.post(LINKS, json={"url": URL}, headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid-request")
    assert "Idempotency-Key" in answer.json()["detail"]


async def test_while_the_first_runs(api: Api, client: httpx.AsyncClient) -> None:
    """The second is refused, and gets the first answer then."""
    async with api.storage.transaction() as transaction:
        await transaction.links.add([])
        first = asyncio.create_task(
            client.post(LINKS, json={"url": URL}, headers=named())
        )
        await asyncio.sleep(0.05)
        refused = await client.post(LINKS, json={"url": URL}, headers=named())
    assert refused.status_code == 409
    assert refused.json()["code"] == "idempotency-in-progress"
    assert refused.headers["Retry-After"] == "2"
    made = await first
    again = await client.post(LINKS, json={"url": URL}, headers=named())
    assert again.content == made.content


async def test_a_key_is_made_once(api: Api, client: httpx.AsyncClient) -> None:
    """The repeat shows no secret, and none is stored."""
    api.keys = api.storage  # type: ignore[assignment]  # a store of both
    transport = httpx.ASGITransport(api.create())
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as one:
        body = {"name": "shop", "scopes": ["links:write"]}
        first = await one.post(KEYS, json=body, headers=AS_ADMIN | named())
        again = await one.post(KEYS, json=body, headers=AS_ADMIN | named())
        listed = await one.get(KEYS, headers=AS_ADMIN)
    assert first.status_code == again.status_code == 201
    assert first.json()["key"]
    assert again.json() == first.json() | {"key": None}
    assert again.headers["Location"] == first.headers["Location"]
    assert [key["id"] for key in listed.json()["data"]] == [first.json()["id"]]


async def test_a_day_later_it_is_another_request(
    api: Api, client: httpx.AsyncClient
) -> None:
    """Answers are kept for 24 hours, and then removed in the background."""
    api.clock = clock = SettableClock()
    transport = httpx.ASGITransport(api.create())
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as one:
        first = await one.post(LINKS, json={"url": URL}, headers=named())
        clock.move(86_400)
        again = await one.post(LINKS, json={"url": URL}, headers=named())
    assert first.json()["id"] != again.json()["id"]
    clock.move(86_400)
    await ForgetAnswers(api.storage, clock=clock).round()
    async with api.storage.transaction() as transaction:
        left = await transaction.answers.forget(before=clock.now(), limit=10)
    assert left == 0


@pytest.fixture
async def processes(
    migrated_postgres_url: str,
) -> AsyncIterator[list[httpx.AsyncClient]]:
    """Clients of two processes on one PostgreSQL."""
    async with AsyncExitStack() as stack:
        clients = []
        for number in range(2):
            storage = await stack.enter_async_context(
                aclosing(
                    await SqlStorage.open(migrated_postgres_url, timeout_seconds=20)
                )
            )
            api = Api(
                storage=storage,
                keys=storage,
                jobs=SqlAskedJobs(storage.database),
                request_timeout_seconds=30,
            )
            app = api.create()
            for _ in range(1_000 * number):
                await app.state.context.links.allocator.next()
            transport = httpx.ASGITransport(app)
            one = httpx.AsyncClient(transport=transport, base_url=BASE_URL)
            clients.append(await stack.enter_async_context(one))
        yield clients


async def test_two_processes_make_one_link(
    processes: list[httpx.AsyncClient],
) -> None:
    """Many requests at both, in opposite orders: a link for each name, and no 5xx."""
    names = [f"order-{number}" for number in range(60)]
    answers = await asyncio.gather(
        *(
            one.post(LINKS, json={"url": URL + name}, headers=named(name))
            for one, order in zip(processes, (names, names[::-1]), strict=True)
            for name in order
        )
    )
    assert {answer.status_code for answer in answers} == {201}
    made = {answer.json()["url"]: set[str]() for answer in answers}
    for answer in answers:
        made[answer.json()["url"]].add(answer.json()["code"])
    assert len(made) == 60
    assert all(len(codes) == 1 for codes in made.values())
    assert sum(REPLAYED in answer.headers for answer in answers) == 60
    listed = await processes[0].get(
        LINKS, params={"limit": 1000, "include": "total"}, headers=AS_ADMIN
    )
    assert listed.json()["total"] == 60
