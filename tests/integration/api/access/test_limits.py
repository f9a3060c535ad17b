"""Limits of how often the API is called: what counts against which, and the answers."""

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.integration.api.conftest import ADMIN_TOKEN, AS_ADMIN, BASE_URL, Api
from waypost.domain.access.limits import Rate
from waypost.http.client_address import TrustedProxies

TWO_A_DAY = Rate(2, 86_400)
PROXY = "127.0.0.1"
"""Where the requests of `httpx.ASGITransport` come from."""


@pytest.fixture
async def client(api: Api) -> AsyncIterator[httpx.AsyncClient]:
    """A client behind a trusted proxy, of an API with small limits."""
    api.key_rate = api.address_rate = api.wrong_key_rate = TWO_A_DAY
    api.proxies = TrustedProxies([PROXY])
    transport = httpx.ASGITransport(api.create(), raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url=BASE_URL) as client:
        yield client


def at(address: str, key: str = "") -> dict[str, str]:
    """Return the headers of a request from *address*, with *key* if there is one."""
    return {"X-Forwarded-For": address} | ({"X-API-Key": key} if key else {})


async def make_key(client: httpx.AsyncClient, **fields: object) -> str:
    """Return the text of a new key."""
    body = {"name": "shop", "scopes": ["links:read"], **fields}
    answer = await client.post("/api/v1/keys", json=body, headers=AS_ADMIN)
    assert answer.status_code == 201, answer.text
    text: str = answer.json()["key"]
    return text


async def test_a_key_has_a_limit(client: httpx.AsyncClient, api: Api) -> None:
    """Answers say what is left; beyond it are refusals, for no other key."""
    one, other = [await make_key(client) for _ in range(2)]
    first, second, third = [
        await client.get("/api/v1/me", headers=at(f"192.0.2.{number}", one))
        for number in range(3)
    ]
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.headers["ratelimit-policy"] == '"key";q=2;w=86400'
    assert first.headers["ratelimit"] == '"key";r=1;t=86400'
    assert second.headers["ratelimit"].startswith('"key";r=0;t=')
    assert third.status_code == 429
    assert third.headers["ratelimit"].startswith('"key";r=0;t=')
    assert 0 < int(third.headers["retry-after"]) <= 86_400
    problem = third.json()
    assert problem["code"] == "rate-limited"
    assert problem["violated-policies"] == ["key"]
    assert "key" in problem["detail"]
    assert (await client.get("/api/v1/me", headers=at("a", other))).status_code == 200
    refused = api.metrics.registry.get_sample_value
    assert refused("waypost_rate_limited_total", {"policy": "key"}) == 1


@pytest.mark.parametrize("path", ["/api/shorten", "/api/stats/nothing"])
async def test_requests_without_a_key_count_for_the_address(
    client: httpx.AsyncClient, path: str
) -> None:
    """Where none is needed; other clients are not concerned, and IPv6 is by network."""

    async def status(address: str) -> int:
        if path == "/api/shorten":
            body = {"url": "https://example.com"}
            answer = await client.post(path, json=body, headers=at(address))
        else:
            answer = await client.get(path, headers=at(address))
        assert answer.headers["ratelimit-policy"] == '"address";q=2;w=86400'
        return answer.status_code

    usual = 201 if path == "/api/shorten" else 404
    neighbours = ["2001:db8::1", "2001:db8::2", "2001:db8::ffff:3"]
    assert [await status(one) for one in neighbours] == [usual, usual, 429]
    assert await status("2001:db8:0:1::1") == usual
    assert [await status("192.0.2.1") for _ in range(3)] == [usual, usual, 429]
    assert await status("::ffff:192.0.2.1") == 429
    assert await status("192.0.2.2") == usual


async def test_a_client_that_only_says_another_address_gains_nothing(
    client: httpx.AsyncClient, api: Api
) -> None:
    """What stands before the address that the proxy saw is not read."""
    for number in range(3):
        headers = at(f"198.51.100.{number}, 192.0.2.1")
        answer = await client.get("/api/stats/nothing", headers=headers)
    assert answer.status_code == 429
    api.proxies = TrustedProxies([])


async def test_missing_keys_count_for_the_address(client: httpx.AsyncClient) -> None:
    """A request without the key that it needs is one without a key."""
    answers = [
        await client.get("/api/v1/me", headers=at("192.0.2.1")) for _ in range(3)
    ]
    assert [answer.status_code for answer in answers] == [401, 401, 429]
    assert answers[2].json()["violated-policies"] == ["address"]


async def test_wrong_keys_lock_out_no_right_one(client: httpx.AsyncClient) -> None:
    """After too many wrong keys an address gets 429 for each, and right ones work."""
    key = await make_key(client)
    wrong = "wp_" + key[3:].swapcase()
    answers = [
        await client.get("/api/v1/me", headers=at("192.0.2.1", wrong)) for _ in range(4)
    ]
    assert [answer.status_code for answer in answers] == [401, 401, 429, 429]
    assert answers[3].json()["violated-policies"] == ["wrong-key"]
    right = await client.get("/api/v1/me", headers=at("192.0.2.1", key))
    assert right.status_code == 200
    elsewhere = await client.get("/api/v1/me", headers=at("192.0.2.2", wrong))
    assert elsewhere.status_code == 401


async def test_guesses_of_the_token_are_not_even_compared(
    client: httpx.AsyncClient,
) -> None:
    """After too many wrong ones the right one is refused too, at that address only."""
    for number in range(2):
        guess = await client.get("/api/v1/me", headers=at("192.0.2.1", f"pass{number}"))
        assert guess.status_code == 401
    answer = await client.get("/api/v1/me", headers=at("192.0.2.1", ADMIN_TOKEN))
    assert answer.status_code == 429
    assert int(answer.headers["retry-after"]) > 0
    elsewhere = await client.get("/api/v1/me", headers=at("192.0.2.2", ADMIN_TOKEN))
    assert elsewhere.status_code == 200


async def test_many_at_once_are_counted_one_by_one(client: httpx.AsyncClient) -> None:
    """Of twenty at the same moment exactly as many are served as may be."""
    key = await make_key(client)
    answers = await asyncio.gather(
        *(client.get("/api/v1/me", headers=at("192.0.2.1", key)) for _ in range(20))
    )
    assert sorted(one.status_code for one in answers) == [200] * 2 + [429] * 18


async def test_pages_and_probes_are_not_limited(client: httpx.AsyncClient) -> None:
    """What a load balancer, a monitor or a reader of the documentation asks for."""
    for path in ("/livez", "/docs", "/metrics", "/api/v1/"):
        for _ in range(4):
            answer = await client.get(path, headers=at("192.0.2.1"))
            assert answer.status_code == 200
            assert "ratelimit" not in answer.headers


async def test_a_key_may_have_a_limit_of_its_own(client: httpx.AsyncClient) -> None:
    """Per minute, instead of that of the settings."""
    key = await make_key(client, rate_limit=1)
    answers = [
        await client.get("/api/v1/me", headers=at("192.0.2.1", key)) for _ in range(2)
    ]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert answers[0].headers["ratelimit-policy"] == '"key";q=1;w=60'
