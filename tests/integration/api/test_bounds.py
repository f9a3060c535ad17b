"""Requests that are much too large, deep or slow are refused, on every route."""

import asyncio
import json
from collections.abc import AsyncIterator
from itertools import product

import httpx
import pytest

from tests.integration.api.conftest import (
    AS_ADMIN,
    BASE_URL,
    Api,
    openapi_document,
)
from waypost.api.access.bounds import MAX_PARAMETERS, MAX_QUERY_BYTES

NAMES = {
    "{code}": "nothing",
    "{host}": "go.example.com",
    "{name}": "nothing",
    "{tag}": "nothing",
    "{id}": "0195f2a0-7c1e-7b3a-9d52-5d1f0c8e2b11",
}
JSON = {**AS_ADMIN, "Content-Type": "application/json"}
MEGABYTE = 1_000_000


def operations(*, with_body: bool) -> list[tuple[str, str]]:
    """Return the method and path of each operation, those that take JSON or all."""
    return [
        (method.upper(), path)
        for path, methods in openapi_document()["paths"].items()
        for method, operation in methods.items()
        if path.startswith("/api/")
        if not with_body
        or "application/json" in operation.get("requestBody", {}).get("content", {})
    ]


def named(path: str) -> str:
    """Return *path* with a value for each of its parameters."""
    for parameter, value in NAMES.items():
        path = path.replace(parameter, value)
    assert "{" not in path, f"{path} has a parameter that this test does not know"
    return path


def nested(depth: int) -> list[bytes]:
    """Return bodies of JSON that is *depth* deep, alone and in a field."""
    arrays = b"[" * depth + b"]" * depth
    objects = b'{"a":' * depth + b"1" + b"}" * depth
    return [
        arrays,
        objects,
        b'{"url": "https://example.com", "rules": ' + arrays + b"}",
        b'{"url": "https://example.com", "utm": ' + objects + b"}",
        b'{"items": ' + arrays + b"}",
        b"[" * depth,
        b'{"a":' * depth,
    ]


@pytest.fixture
async def client(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    """A client that sees what the application raises: no request may end so."""
    api.request_timeout_seconds = 60
    transport = httpx.ASGITransport(api.create())
    async with httpx.AsyncClient(
        transport=transport, base_url=BASE_URL, headers=JSON
    ) as client:
        yield client


async def sent_piece_by_piece(piece: bytes, number: int) -> AsyncIterator[bytes]:
    """Yield a body without a length."""
    for _ in range(number):
        yield piece


@pytest.mark.parametrize("depth", [17, 1_000, 100_000])
async def test_deep_json_is_refused(client: httpx.AsyncClient, depth: int) -> None:
    """As a client's mistake, at every depth."""
    for (method, path), body in product(operations(with_body=True), nested(depth)):
        answer = await client.request(method, named(path), content=body)
        if path.endswith("/bulk") and answer.status_code == 200:
            # Each item is refused by itself.
            assert answer.json()["summary"]["failed"] == 1
        else:
            assert 400 <= answer.status_code < 500, (method, path, body[:60])


@pytest.mark.parametrize("depth", [17, 1_000, 30_000])
async def test_deep_lines_are_refused(client: httpx.AsyncClient, depth: int) -> None:
    """Each by itself, and those behind it are read."""
    lines = [*nested(depth), b'{"url": "https://example.com"}']
    answer = await client.post(
        "/api/v1/links/bulk",
        content=b"\n".join(lines),
        headers={"Content-Type": "application/jsonl"},
    )
    results = [json.loads(line) for line in answer.text.splitlines()]
    *refused, created = [result["status"] for result in results[: len(lines)]]
    assert all(400 <= status < 500 for status in refused)
    assert created == 201


@pytest.mark.slow
async def test_ten_megabytes_are_refused(client: httpx.AsyncClient) -> None:
    """With a length or without, of nulls in JSON or zero bytes."""
    nulls = b"[" + b"null," * 200_000 + b"null]"
    for method, path in operations(with_body=True):
        for content in (
            nulls * 10,
            sent_piece_by_piece(b"null,", 2 * MEGABYTE // 5),
            sent_piece_by_piece(bytes(MEGABYTE), 10),
        ):
            answer = await client.request(method, named(path), content=content)
            assert 400 <= answer.status_code < 500, (method, path)
            # A bulk call may be larger, and then is no JSON.
            assert answer.status_code == 413 or path.endswith("/bulk"), (method, path)


@pytest.mark.slow
async def test_slow_bodies_are_given_up(api: Api) -> None:
    """One byte after another does not prolong the time for the whole."""
    api.request_timeout_seconds = 0.2

    async def dripped() -> AsyncIterator[bytes]:
        while True:
            yield b" "
            await asyncio.sleep(0.01)

    transport = httpx.ASGITransport(api.create())
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        for method, path in operations(with_body=True):
            answer = await client.request(
                method, named(path), content=dripped(), headers=JSON
            )
            assert answer.status_code == 408, (method, path)
            assert answer.json()["code"] == "request-timeout"


@pytest.mark.parametrize(
    "query",
    ["q=" + "x" * MAX_QUERY_BYTES, "&".join(["tag=x"] * (MAX_PARAMETERS + 1))],
    ids=["long", "many"],
)
async def test_long_queries_are_refused(client: httpx.AsyncClient, query: str) -> None:
    """Before anything is read of them, on every route that reads any."""
    for method, path in operations(with_body=False):
        answer = await client.request(method, f"{named(path)}?{query}")
        if path == "/api/v1/":
            assert answer.status_code == 200
            continue
        assert answer.status_code == 414, (method, path)
        assert answer.json()["code"] == "query-too-long"
